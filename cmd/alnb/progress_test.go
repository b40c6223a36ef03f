package main

import (
	"bytes"
	"testing"
	"time"
)

func TestProgressIsThrottled(t *testing.T) {
	var out bytes.Buffer
	clock := time.Unix(0, 0)
	p := &progress{to: &out, what: "predict", unit: "rows", now: func() time.Time { return clock }, began: clock}
	for i := range 50 { // 5 seconds
		clock = clock.Add(100 * time.Millisecond)
		p.report(10 * (i + 1))
	}
	if want := "predict: 200 rows, 100 rows/s\npredict: 400 rows, 100 rows/s\n"; out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
