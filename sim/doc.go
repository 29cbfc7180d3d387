// Package sim is documentation alone.
package sim
