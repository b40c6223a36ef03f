package main

import "github.com/alnb/alnb/alnb/pretrained"

// Floating-point operations of matrix products, two for each multiplication with its addition. One document of n tokens
// in an encoder of L layers, hidden size h, feed-forward size i and c classes takes
//
//	forward  L n (2(4h² + 2hi) + 4nh) + 2h² + 2hc
//
// queries, keys, values and output; feed-forward; scores and weighted sum of attention; pooler and head. Training takes
// three times as much: products give gradients for their input and their weights. Nothing else is counted, padding
// neither.

// needed is what the whole model takes, as PyTorch computes it.
func needed(c pretrained.Config, classes, tokens int) float64 {
	return float64(c.Layers*tokens)*layer(c, tokens) + headFLOPs(c, classes)
}

// computed is what alnb's takes: of the last layer it needs one position only, but keys and values of all.
func computed(c pretrained.Config, classes, tokens int) float64 {
	h := float64(c.HiddenSize)
	keysAndValues := 4 * h * h
	last := float64(tokens)*keysAndValues + layer(c, tokens) - keysAndValues
	return float64((c.Layers-1)*tokens)*layer(c, tokens) + last + headFLOPs(c, classes)
}

// layer is what a layer takes for one of so many tokens.
func layer(c pretrained.Config, tokens int) float64 {
	h, i := float64(c.HiddenSize), float64(c.IntermediateSize)
	return 2*(4*h*h+2*h*i) + 4*float64(tokens)*h
}

func headFLOPs(c pretrained.Config, classes int) float64 {
	h := float64(c.HiddenSize)
	return 2*h*h + 2*h*float64(classes)
}
