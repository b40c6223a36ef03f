package subsample

import "math"

const (
	firstChunk = 4    // documents; nothing is known of the speed yet
	growth     = 4    // times the work of the last chunk that the next may have: what few documents took says little of many
	margin     = 1.25 // times the predicted time that must be left
	surprise   = 5    // times the predicted time that a chunk may take and still end within the deadline
	slack      = 0.1  // and this share of it
)

// pace plans the chunks of a Deadline. Work is counted in tokens, or in documents where the pool has no tokens.
type pace struct {
	limit  float64    // seconds, all in all
	target float64    // seconds of a chunk while there is time
	most   int        // documents in a chunk
	recent [3]float64 // seconds that one unit of work took in the last chunks
	chunks int
	last   float64 // work of the last chunk
}

func newPace(d Deadline) *pace {
	p := &pace{limit: d.Seconds, target: min(d.Seconds/10, 0.5), most: d.Chunk}
	if p.most == 0 {
		p.most = math.MaxInt
	}
	return p
}

// fitting returns how many of the documents at todo, in this order, the next chunk may have when rest seconds are left;
// 0 where not even one fits.
func (p *pace) fitting(pool Pool, todo []int, rest float64) int {
	switch {
	case rest <= 0:
		return 0
	case p.chunks == 0:
		return min(firstChunk, p.most, len(todo))
	}
	// Chunks become shorter by less than a fifth from one to the next, and a fixed cost of each so makes the next one at
	// most a quarter slower than predicted, which the margin covers.
	seconds := max(min(p.target, (rest+slack*p.limit)/surprise), pool.work(todo[0])*p.slowest())
	if seconds*margin > rest {
		return 0
	}
	return p.filling(pool, todo, min(seconds/p.slowest(), growth*p.last))
}

// needed returns how many of the documents at todo, in this order, the next chunk must have although they don't fit,
// since the budget still lacks so much. What it lacks may take several chunks.
func (p *pace) needed(pool Pool, todo []int, lacks int) int {
	size := 0
	for size < len(todo) && lacks > 0 {
		lacks -= pool.cost(todo[size])
		size++
	}
	if p.chunks == 0 {
		return min(size, firstChunk, p.most)
	}
	return min(size, p.filling(pool, todo, min(p.target/p.slowest(), growth*p.last)))
}

// filling returns how many of the documents at todo the work has room for, at least one.
func (p *pace) filling(pool Pool, todo []int, work float64) int {
	size := 0
	for size < min(len(todo), p.most) {
		if work -= pool.work(todo[size]); work < 0 {
			break
		}
		size++
	}
	return max(1, size)
}

// took keeps what a chunk took.
func (p *pace) took(pool Pool, chunk []int, seconds float64) {
	p.last = 0
	for _, position := range chunk {
		p.last += pool.work(position)
	}
	p.recent[p.chunks%len(p.recent)] = seconds / p.last
	p.chunks++
}

func (p *pace) slowest() float64 {
	return max(p.recent[0], p.recent[1], p.recent[2])
}

func (p Pool) work(position int) float64 {
	if p.Tokens == nil {
		return 1
	}
	return float64(max(1, p.Tokens[position]))
}
