// Package live tries the dashboards, the rules and the percentiles against a real
// Prometheus: it runs storm.yaml while one server keeps classic buckets and another
// one native histograms, and asks both what every panel and every rule asks.
//
//	cd grafana/live && go test -count=1 -v .
//
// It needs prometheus and promtool in the path (2.42 or later: apt-get install
// prometheus, or https://prometheus.io/download), and takes about a minute.
// LOGINSTORM names a binary to try; left out, one is built.
package live
