package scenario

// ParseSpan reads a span as files write it: 10s, 1m30s, 8ms.
func ParseSpan(text string) (Span, error) { return parseSpan(text) }
