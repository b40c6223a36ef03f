package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// What is kept of a notebook are its cells and pictures, whether outputs are strings or lists of lines; one that failed isn't kept.
func TestKeep(t *testing.T) {
	const notebook = `{"cells": [{"cell_type": "code", "execution_count": 7, "metadata": {"execution": {"x": 1}, "tags": []}, "source": ["a < b\n"], "outputs": [
		{"output_type": "display_data", "data": {"text/html": "<img src=\"x\"><script>one()</script>"}},
		{"output_type": "display_data", "data": {"text/html": ["<script type=\"a\">\n", "two()</script>", "<p>"], "text/plain": "p in /home/me/data/x"}}]}], "nbformat": 4}`
	places := strings.NewReplacer("/home/me/data", "$ALNB_DATA")
	raw, err := keep([]byte(notebook), places)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"a < b\n"`, `"<img src=\"x\">"`, `"<p>"`, `"text/plain": "p in $ALNB_DATA/x"`, `"nbformat": 4`, `"tags"`, `"execution_count": 7`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("there is no %s", want)
		}
	}
	if !json.Valid(raw) || strings.Contains(string(raw), "script") || strings.Contains(string(raw), `"execution":`) {
		t.Errorf("%s", raw)
	}
	failed := strings.Replace(notebook, `"output_type": "display_data"`, `"output_type": "error", "evalue": "broken"`, 1)
	if _, err := keep([]byte(failed), places); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Error(err)
	}
}
