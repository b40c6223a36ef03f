package model

import "testing"

// Weights and moments stay on the device, from step to step and from training to scoring: only mini-batches go up, and
// only losses and probabilities come down. A copy on the host would have been transferred.
func TestWeightsStayOnTheDevice(t *testing.T) {
	c := openTiny(t, nil)
	examples, docs := topics(t, 60)
	train(t, c, examples, 1)
	check := func(after string) {
		t.Helper()
		for _, name := range c.programs.variableNames() {
			value, err := c.programs.variables.RootScope().GetVariable(name).Value()
			if err != nil {
				t.Fatal(err)
			}
			if !value.IsOnAnyDevice() || value.HasLocal() {
				t.Fatalf("after %s %s is on the device: %v, on the host: %v", after, name, value.IsOnAnyDevice(), value.HasLocal())
			}
		}
	}
	check("training")
	score(t, c, docs)
	check("scoring")
	if _, err := c.programs.weights(); err != nil { // copies, as saving does; the check would see it if it stayed
		t.Fatal(err)
	}
	check("reading the weights")
}
