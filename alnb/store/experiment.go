package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// An Experiment is the folder of an emulated run:
//
//	config.json                        what is run; the folder refuses anything else
//	origins.json                       which data, weights and backend were used
//	arms/00-random/seed-1/round-00/    one folder a finished round:
//	    labeled.json                   the IDs the model was trained on
//	    metrics.json                   how well the evaluated model did on the test split; none where none was evaluated
//	    tested.json                    and on each document of it
//	    scores.json                    the score of every document it scored; none where it scored nothing
//	    query.json                     the IDs it asked labels for, and what was scored; none in the last round
//	    pseudolabeling.json            what came of pseudo-labels, where an arm makes them
//	    pseudolabels.json              each of them
//	    timings.json                   how long all that took
//	work/seed-1/round-00/              what the arms' steps have given so far; none where the round is finished
//
// A round's folder appears whole or not at all. All but timings.json is the same, byte for byte, when the run is
// repeated on the same machine.
type Experiment struct {
	dir     string
	release func() error // nil where the folder is only read
}

// OpenExperiment opens the folder for a run of config (JSON), and makes it where there is none. It refuses a folder of
// another configuration, of a newer version, or in use by another process.
func OpenExperiment(dir string, config []byte) (*Experiment, error) {
	dir = filepath.Clean(dir)
	release, err := Lock(dir)
	if err != nil {
		return nil, err
	}
	removeLeftovers(dir)
	e := &Experiment{dir: dir, release: release}
	if err := e.adopt(config); err != nil {
		release()
		return nil, err
	}
	return e, nil
}

// adopt compares the folder's configuration with config, or writes it into a new folder.
func (e *Experiment) adopt(config []byte) error {
	path := filepath.Join(e.dir, "config.json")
	have, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return WriteFile(path, config)
	}
	if err != nil {
		return fmt.Errorf("store: read the run's configuration: %w", err)
	}
	if err := checkVersion(path, have); err != nil {
		return err
	}
	if bytes.Equal(have, config) {
		return nil
	}
	differences, err := Differences(have, config)
	if err != nil {
		return fmt.Errorf("store: compare with %s: %w", path, err)
	}
	return fmt.Errorf("store: the folder %s holds a run of another configuration: %s; give this run a folder of its own",
		e.dir, strings.Join(differences, "; "))
}

// ReadExperiment opens a run's folder for reading and returns its configuration.
func ReadExperiment(dir string) (*Experiment, []byte, error) {
	path := filepath.Join(dir, "config.json")
	config, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("store: %s is not the folder of a run: it has no config.json; run the experiment first", dir)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("store: read the run's configuration: %w", err)
	}
	return &Experiment{dir: dir}, config, checkVersion(path, config)
}

func checkVersion(path string, config []byte) error {
	var v struct{ Version int }
	if err := json.Unmarshal(config, &v); err != nil {
		return fmt.Errorf("store: %s is not JSON: %w", path, err)
	}
	if v.Version > Version {
		return fmt.Errorf("store: %s is of version %d; this program reads up to version %d: use a newer one", path, v.Version, Version)
	}
	return nil
}

// Close lets other processes run in the folder.
func (e *Experiment) Close() error {
	if e.release == nil {
		return nil
	}
	return e.release()
}

// UnitFolder is the path, with slashes, of an arm's rounds with a seed in a run's folder. The arm's name is the user's: only its
// letters and digits come into the path, and its number keeps it apart from others.
func UnitFolder(arm int, name string, seed uint64) string {
	return path.Join(armFolder(arm, name), seedName(seed))
}

// RoundName is the last part of a round's folder.
func RoundName(round int) string { return fmt.Sprintf("round-%02d", round) }

// RoundFolder is that of one round.
func RoundFolder(arm int, name string, seed uint64, round int) string {
	return path.Join(armFolder(arm, name), roundName(seed, round))
}

func armFolder(arm int, name string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name)
	plain = strings.Trim(plain[:min(len(plain), 40)], "-")
	return path.Join("arms", strings.TrimSuffix(fmt.Sprintf("%02d-%s", arm, plain), "-"))
}

func seedName(seed uint64) string { return fmt.Sprintf("seed-%d", seed) }

// roundName is where a round is in what belongs to an arm, or to all.
func roundName(seed uint64, round int) string {
	return path.Join(seedName(seed), RoundName(round))
}

func (e *Experiment) roundDir(arm int, name string, seed uint64, round int) string {
	return filepath.Join(e.dir, filepath.FromSlash(RoundFolder(arm, name, seed, round)))
}

// HasRound tells whether a round is finished.
func (e *Experiment) HasRound(arm int, name string, seed uint64, round int) bool {
	_, err := os.Stat(e.roundDir(arm, name, seed, round))
	return err == nil
}

// ReadRound returns a finished round without its scores, or nil where it isn't finished.
func (e *Experiment) ReadRound(arm int, name string, seed uint64, round int) (*Round, error) {
	dir := e.roundDir(arm, name, seed, round)
	if !e.HasRound(arm, name, seed, round) {
		return nil, nil
	}
	var r Round
	err := errors.Join(
		readJSON(filepath.Join(dir, "labeled.json"), &r.Labeled, true),
		readJSON(filepath.Join(dir, "metrics.json"), &r.Metrics, false),
		readJSON(filepath.Join(dir, "query.json"), &r.Query, false),
		readJSON(filepath.Join(dir, "pseudolabeling.json"), &r.PseudoLabeling, false),
		readJSON(filepath.Join(dir, "timings.json"), &r.Timings, true))
	if err != nil {
		return nil, err
	}
	return &r, nil
}

// ReadScores returns what a finished round scored: all of the pool, or what a sampler kept; a million make 50 MB. nil
// means that nothing was scored.
func (e *Experiment) ReadScores(arm int, name string, seed uint64, round int) ([]Score, error) {
	var scores []Score
	return scores, readJSON(filepath.Join(e.roundDir(arm, name, seed, round), "scores.json"), &scores, false)
}

// ReadTested returns what a finished round's model found in each test document; of rounds that were run before it was
// kept, none.
func (e *Experiment) ReadTested(arm int, name string, seed uint64, round int) (Tested, error) {
	var tested Tested
	return tested, readJSON(filepath.Join(e.roundDir(arm, name, seed, round), "tested.json"), &tested, false)
}

// ReadPseudoLabels returns the pseudo-labels of a finished round; nil where it made none.
func (e *Experiment) ReadPseudoLabels(arm int, name string, seed uint64, round int) ([]PseudoLabel, error) {
	var labels []PseudoLabel
	err := readJSON(filepath.Join(e.roundDir(arm, name, seed, round), "pseudolabels.json"), &labels, false)
	return labels, err
}

// WriteRound makes a finished round durable.
func (e *Experiment) WriteRound(arm int, name string, seed uint64, round int, r Round) error {
	dir := e.roundDir(arm, name, seed, round)
	removeLeftovers(filepath.Dir(dir))
	if err := e.removeFailure(arm, name, seed); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return WriteDir(dir, func(tmp string) error {
		files := map[string]any{"labeled.json": r.Labeled, "timings.json": r.Timings}
		if r.Metrics != nil {
			files["metrics.json"], files["tested.json"] = r.Metrics, r.Tested
		}
		if r.PseudoLabeling != nil {
			files["pseudolabeling.json"], files["pseudolabels.json"] = r.PseudoLabeling, r.PseudoLabels
		}
		if r.Scores != nil {
			files["scores.json"] = r.Scores
		}
		if r.Query != nil {
			files["query.json"] = r.Query
		}
		for name, content := range files {
			if err := writeJSON(filepath.Join(tmp, name), content); err != nil {
				return err
			}
		}
		return nil
	})
}

// Origins says which data, weights and backend a run used, a sentence each.
func (e *Experiment) Origins() ([]string, error) {
	var origins []string
	return origins, readJSON(filepath.Join(e.dir, "origins.json"), &origins, false)
}

// WriteOrigins keeps what Origins returns.
func (e *Experiment) WriteOrigins(origins []string) error {
	return writeJSON(filepath.Join(e.dir, "origins.json"), origins)
}

func readJSON(path string, into any, required bool) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && !required {
		return nil
	}
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("store: %s: %w", path, err)
	}
	return nil
}

func writeJSON(path string, content any) error {
	raw, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("store: write %s: %w", path, err)
	}
	return WriteFile(path, append(raw, '\n'))
}
