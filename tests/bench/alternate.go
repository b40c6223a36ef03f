package main

import "math"

// A side is a library in a precision, which takes training steps when it is asked to.
type side struct {
	name string
	take func(n int) ([]step, error)
}

// peerSide lets the peer train a model on mini-batches.
func peerSide(name string, p *peer, id string, batches [][]int) side {
	done := 0
	return side{name, func(n int) ([]step, error) {
		var answer struct{ Seconds []float64 }
		if err := p.ask(request{"op": "train", "id": id, "batches": batches[done : done+n]}, &answer); err != nil {
			return nil, err
		}
		done += n
		steps := make([]step, n)
		for i, seconds := range answer.Seconds {
			steps[i].seconds = seconds
		}
		return steps, nil
	}}
}

// blocks says how sides alternate: in blocks of so many steps, of which the first warm ones don't count.
type blocks struct{ warm, counted, steps int }

func (b blocks) total() int { return (b.warm + b.counted) * b.steps }

// alternate lets the sides train in turn, a block each, and returns each side's steps. The meter watches who computes.
func alternate(sides []side, b blocks, m *meter) ([][]step, error) {
	taken := make([][]step, len(sides))
	for block := range b.warm + b.counted {
		for i, s := range sides {
			m.begin()
			steps, err := s.take(b.steps)
			if err != nil {
				return nil, err
			}
			m.end(s.name)
			taken[i] = append(taken[i], steps...)
			say("block %d of %d, %s: %.2f steps/s", block+1, b.warm+b.counted, s.name, speed(steps))
		}
	}
	return taken, nil
}

// speed is in steps a second.
func speed(steps []step) float64 {
	total := 0.0
	for _, s := range steps {
		total += s.seconds
	}
	return float64(len(steps)) / total
}

// speeds returns each side's steps a second, one value a counted block. Steps in which any side compiled a program count
// for none.
func (b blocks) speeds(taken [][]step) [][]float64 {
	out := make([][]float64, len(taken))
	for from := b.warm * b.steps; from < b.total(); from += b.steps {
		kept := make([][]step, len(taken))
		for k := from; k < from+b.steps; k++ {
			if compiles(taken, k) {
				continue
			}
			for i := range taken {
				kept[i] = append(kept[i], taken[i][k])
			}
		}
		for i := range kept {
			if v := speed(kept[i]); !math.IsNaN(v) {
				out[i] = append(out[i], v)
			}
		}
	}
	return out
}

func compiles(taken [][]step, k int) bool {
	for _, steps := range taken {
		if steps[k].compiled > 0 {
			return true
		}
	}
	return false
}

// compiling is how many programs were compiled in steps, and for about how long: what those steps took beyond the median
// of the others.
func compiling(steps []step) (programs int, seconds float64) {
	var usual []float64
	for _, s := range steps {
		if s.compiled == 0 {
			usual = append(usual, s.seconds)
		}
	}
	for _, s := range steps {
		if s.compiled > 0 {
			programs += s.compiled
			seconds += s.seconds - median(usual)
		}
	}
	return programs, seconds
}
