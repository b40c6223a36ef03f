package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/alnb/alnb/alnb/pretrained"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/fleet/bucket"
	"github.com/alnb/alnb/fleet/queue"
)

// A Sweep has a model look at the documents of a pool in shards, a unit each. In the bucket there is of it:
//
//	sweeps/ID/config              config.json: the sweep
//	sweeps/ID/keep/SHARD          keep.txt: the IDs that UPS has scored of a shard, a JSON string a line; where it subsamples
//	sweeps/ID/shards/SHARD        what came of a shard: scores.parquet, or a receipt.json of predictions
//	models/ID                     the model's files
type Sweep struct {
	Pool   string   `json:"pool"`   // a folder, or the URL of a bucket, with the shards
	Shards []string `json:"shards"` // their names there, .jsonl, .ndjson or .parquet
	Model  string   `json:"model"`  // ID of its files

	MaxTokens int `json:"max_tokens"` // as in alnb predict; 0: what the model can take

	// Strategy scores documents. nil: they are predicted, into Out.
	Strategy *spec.Component `json:"strategy,omitempty"`
	Seed     uint64          `json:"seed,omitempty"`
	Query    int             `json:"query"`              // its number, 0 for the first
	Since    string          `json:"since,omitempty"`    // ID of the sweep before, whose scores those documents keep that aren't scored
	Sampled  bool            `json:"sampled,omitempty"`  // only the documents in keep are scored
	Out      string          `json:"out,omitempty"`      // a folder, or the URL of a bucket, for predictions
	Excluded string          `json:"excluded,omitempty"` // checksum of the IDs that are no part of the pool any more
}

const sweepWork = "shard" // a shard of a sweep

func sweepName(id string, parts ...string) string {
	return path.Join(append([]string{"sweeps", id}, parts...)...)
}

// shardName is a shard's name in what is published of it: its own, of which only letters, digits, dots, hyphens and underscores are
// kept, behind its number.
func shardName(number int, shard string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '-'
	}, strings.TrimSuffix(path.Base(shard), path.Ext(shard)))
	return fmt.Sprintf("%05d-%s", number, plain)
}

// Shards lists the shards of a pool: the objects of a folder or bucket whose names end in .jsonl, .ndjson or .parquet.
func Shards(ctx context.Context, pool string) ([]string, error) {
	b, err := bucket.Open(ctx, pool)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	var shards []string
	for name, err := range b.Objects(ctx) {
		if err != nil {
			return nil, err
		}
		switch strings.ToLower(path.Ext(name)) {
		case ".jsonl", ".ndjson", ".parquet":
			shards = append(shards, name)
		}
	}
	if len(shards) == 0 {
		return nil, fmt.Errorf("fleet: %s has no shards: files whose names end in .jsonl, .ndjson or .parquet", b)
	}
	return shards, nil
}

// PublishModel puts a model's folder into the bucket, and returns the ID it has there.
func PublishModel(ctx context.Context, b *bucket.Bucket, dir string) (string, error) {
	sum, err := pretrained.Sum(dir)
	if err != nil {
		return "", fmt.Errorf("fleet: the model: %w", err)
	}
	sum = sum[:16]
	_, err = b.Publish(ctx, "models/"+sum, os.DirFS(dir))
	return sum, err
}

// id publishes the sweep's configuration, of which its ID is made.
func (s Sweep) id(ctx context.Context, b *bucket.Bucket) (string, error) {
	if len(s.Shards) == 0 {
		return "", errors.New("fleet: a sweep of no shards")
	}
	raw, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return "", err
	}
	id := idOf(raw)
	_, err = b.Publish(ctx, sweepName(id, "config"), fstest.MapFS{"config.json": {Data: raw}})
	return id, err
}

func readSweep(ctx context.Context, b *bucket.Bucket, id string) (s Sweep, err error) {
	if err := checkID(id); err != nil {
		return s, err
	}
	raw, err := b.Read(ctx, sweepName(id, "config"), "config.json")
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	if err != nil {
		err = fmt.Errorf("fleet: the sweep %s: %w", id, err)
	}
	return s, err
}

// units are the sweep's, a shard each.
func (s Sweep) units(id string) []queue.Unit {
	var units []queue.Unit
	for i, shard := range s.Shards {
		units = append(units, queue.Unit{Work: sweepWork, Of: id, Part: shardName(i, shard), Label: shard, Version: Version(), Lane: Lane(Version())})
	}
	return units
}

// shard finds the shard of a unit's part.
func (s Sweep) shard(part string) (string, error) {
	for i, shard := range s.Shards {
		if shardName(i, shard) == part {
			return shard, nil
		}
	}
	return "", fmt.Errorf("fleet: the sweep has no shard %q", part)
}

// fetchShard brings a shard's file here, under a name with its ending.
func (s Sweep) fetchShard(ctx context.Context, shard, dir string) (string, error) {
	pool, err := bucket.Open(ctx, s.Pool)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	file := filepath.Join(dir, "shard"+strings.ToLower(path.Ext(shard)))
	return file, pool.Download(ctx, shard, file)
}
