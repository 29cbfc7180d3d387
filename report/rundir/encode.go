package rundir

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"loginstorm/sim/record"
)

// encoder writes lines of HdrHistogram logs, V2 compressed. The library's own makes
// a compressor of 900 kB for every line; a run writes dozens a second, and a
// simulated hour many thousands.
type encoder struct {
	plain  []byte
	packed bytes.Buffer
	zlib   *zlib.Writer
	line   []byte
}

const (
	// The cookies of the format, with the word size that the library puts there.
	plainCookie  = uint32(hdrhistogram.V2EncodingCookieBase | 0x10)
	packedCookie = uint32(hdrhistogram.V2CompressedEncodingCookieBase | 0x10)
	headSize     = 40
)

// interval returns the line of a series and a second:
//
//	Tag=tag,start,length,max,histogram
//
// with times in seconds and max in milliseconds. It is good until the next call.
func (e *encoder) interval(second int, s record.Series) ([]byte, error) {
	h := s.Histogram.Packed()
	e.payload(h)
	if e.zlib == nil {
		var err error
		if e.zlib, err = zlib.NewWriterLevel(&e.packed, zlib.BestSpeed); err != nil {
			return nil, err
		}
	}
	e.packed.Reset()
	e.packed.Write(binary.BigEndian.AppendUint32(nil, packedCookie))
	e.packed.Write(make([]byte, 4)) // The length, filled in below.
	e.zlib.Reset(&e.packed)
	if _, err := e.zlib.Write(e.plain); err != nil {
		return nil, err
	}
	if err := e.zlib.Close(); err != nil {
		return nil, err
	}
	body := e.packed.Bytes()
	binary.BigEndian.PutUint32(body[4:], uint32(len(body)-8))
	e.line = e.line[:0]
	if name := tag(s.Key); name != "" {
		e.line = fmt.Appendf(e.line, "Tag=%s,", name)
	}
	most := time.Duration(h.Max())
	e.line = fmt.Appendf(e.line, "%d.000,1.000,%.3f,", second, float64(most)/float64(time.Millisecond))
	e.line = base64.StdEncoding.AppendEncode(e.line, body)
	return append(e.line, '\n'), nil
}

// payload writes the histogram as it is before compression: a head, then for every
// bucket its count as a zigzag varint, where -n stands for n empty buckets in a row.
func (e *encoder) payload(h *hdrhistogram.PackedHistogram) {
	low, high, digits := h.LowestTrackableValue(), h.HighestTrackableValue(), h.SignificantFigures()
	e.plain = append(e.plain[:0], make([]byte, headSize)...)
	next := 0 // Index of the first bucket not yet written.
	for value, count := range h.ForEachBucket {
		at := index(value, low, digits)
		switch empty := at - next; {
		case empty == 1:
			e.plain = append(e.plain, 0)
		case empty > 1:
			e.plain = binary.AppendVarint(e.plain, -int64(empty))
		}
		e.plain = binary.AppendVarint(e.plain, count) // The same as the format's own below 2^55.
		next = at + 1
	}
	head := e.plain[:headSize]
	binary.BigEndian.PutUint32(head, plainCookie)
	binary.BigEndian.PutUint32(head[4:], uint32(len(e.plain)-headSize))
	binary.BigEndian.PutUint32(head[12:], uint32(digits))
	binary.BigEndian.PutUint64(head[16:], uint64(low))
	binary.BigEndian.PutUint64(head[24:], uint64(high))
	binary.BigEndian.PutUint64(head[32:], math.Float64bits(1))
}

// index is the place of a value among the buckets of a histogram: linear up to twice
// ten to the digits, then with every doubling half as fine.
func index(value, low, digits int64) int {
	unit := bits.Len64(uint64(low)) - 1                         // Finest step, as a power of two.
	half := bits.Len64(uint64(2*math.Pow10(int(digits)))-1) - 1 // Half of the linear buckets, likewise.
	doubling := max(bits.Len64(uint64(value))-unit-half-1, 0)
	sub := int(value >> (doubling + unit))
	return doubling<<half + sub
}
