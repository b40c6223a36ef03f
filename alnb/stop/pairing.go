package stop

import "fmt"

// A pairing counts how the predictions of two consecutive models go together, on documents where both have one.
type pairing struct {
	from, to      int         // numbers of the rounds
	n             int         // predictions
	same          int         // of them, those in which the models agree
	before, after map[int]int // predictions of each class, by the older and the newer model
	both          map[int]int // predictions of each class in which they agree
}

// pairings compares the models of the last n + 1 rounds, each with the one before it. Where that can't be, missing says
// why.
func pairings(c Criterion, history []Round, n int) (pairs []pairing, missing string, err error) {
	if len(history) <= n {
		const few = "This takes the predictions of %d consecutive models, and there are %d so far."
		return nil, fmt.Sprintf(few, n+1, len(history)), nil
	}
	history = history[len(history)-n-1:]
	for _, round := range history {
		if len(round.Predicted) == 0 {
			return nil, fmt.Sprintf("There are no predictions of the stop set from round %d.", round.Number), nil
		}
	}
	for i, round := range history[1:] {
		before := history[i]
		if len(before.Predicted) != len(round.Predicted) {
			return nil, "", fmt.Errorf("stop: %s: round %d has %d predictions of the stop set, and round %d has %d; "+
				"the stop set must stay the same", c.Name(), before.Number, len(before.Predicted), round.Number, len(round.Predicted))
		}
		pair := paired(before, round)
		if pair.n == 0 {
			const none = "No part of the stop set has predictions from both round %d and round %d."
			return nil, fmt.Sprintf(none, before.Number, round.Number), nil
		}
		pairs = append(pairs, pair)
	}
	return pairs, "", nil
}

func paired(before, after Round) pairing {
	p := pairing{from: before.Number, to: after.Number, before: map[int]int{}, after: map[int]int{}, both: map[int]int{}}
	for i, now := range after.Predicted {
		was := before.Predicted[i]
		if was < 0 || now < 0 {
			continue
		}
		p.n++
		p.before[was]++
		p.after[now]++
		if was == now {
			p.same++
			p.both[now]++
		}
	}
	return p
}

// kappa is Cohen's. It is not ok where chance alone would make the models agree on everything: kappa is 0/0 then.
func (p pairing) kappa() (kappa float64, ok bool) {
	chance := 0 // times n², so that all is whole numbers
	for class, n := range p.before {
		chance += n * p.after[class]
	}
	if chance == p.n*p.n {
		return 0, false
	}
	return float64(p.n*p.same-chance) / float64(p.n*p.n-chance), true
}

// deltaF is 1 less the F-measure of the newer model where the older one is right. It is not ok where neither has a
// prediction that counts: F is 0/0 then.
func (p pairing) deltaF(positive []int) (delta float64, ok bool) {
	same, predicted := p.same, 2*p.n
	if len(positive) > 0 {
		same, predicted = 0, 0
		for _, class := range positive {
			same += p.both[class]
			predicted += p.before[class] + p.after[class]
		}
	}
	if predicted == 0 {
		return 0, false
	}
	return float64(predicted-2*same) / float64(predicted), true
}
