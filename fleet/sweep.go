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
	"time"

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
	Format int `json:"format"` // of what is made of a shard: sweepFormat

	Pool   string  `json:"pool"`   // a folder, or the URL of a bucket, with the shards
	Shards []Shard `json:"shards"` // in the order of their names
	Model  string  `json:"model"`  // ID of its files

	MaxTokens int `json:"max_tokens"` // as in alnb predict; 0: what the model can take

	// Strategy scores documents. nil: they are predicted, into Out.
	Strategy *spec.Component `json:"strategy,omitempty"`
	Seed     uint64          `json:"seed,omitempty"`
	Query    int             `json:"query"`           // its number, 0 for the first
	Since    string          `json:"since,omitempty"` // ID of the sweep before, whose scores those documents keep that aren't scored
	Keep     string          `json:"keep,omitempty"`  // checksum of the IDs in keep, where only those are scored; "": all are
	Out      string          `json:"out,omitempty"`   // a folder, or the URL of a bucket, for predictions
}

// A Shard is an object of a pool, as it was when the sweep was made.
type Shard struct {
	Name     string    `json:"name"` // ending in .jsonl, .ndjson or .parquet
	Bytes    int64     `json:"bytes"`
	Modified time.Time `json:"modified"`
}

// sweepFormat is another number whenever rows are read, or scores kept, in another way.
const sweepFormat = 2

const sweepWork = "shard" // a shard of a sweep

func sweepName(id string, parts ...string) string {
	return path.Join(append([]string{"sweeps", id}, parts...)...)
}

// part is the name that a shard, by its number, has in what is published of it.
func (s Sweep) part(number int) string { return shardName(number, s.Shards[number].Name) }

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
// Names a part of which begins with a dot are left out.
func Shards(ctx context.Context, pool string) ([]Shard, error) {
	shards, others, err := look(ctx, pool)
	if err == nil && len(shards) == 0 {
		err = fmt.Errorf("fleet: %s has no shards: files whose names end in .jsonl, .ndjson or .parquet", bucket.Plain(pool))
		if len(others) > 0 {
			err = fmt.Errorf("%w; it has %s", err, others[0])
		}
	}
	return shards, err
}

// NoShards lists the objects of a pool that are no shards, by their names, but for those a part of which begins with a dot or an
// underscore, such as Spark's _SUCCESS.
func NoShards(ctx context.Context, pool string) ([]string, error) {
	_, others, err := look(ctx, pool)
	return others, err
}

func look(ctx context.Context, pool string) (shards []Shard, others []string, err error) {
	b, err := bucket.OpenExisting(ctx, pool)
	if err != nil {
		return nil, nil, err
	}
	defer b.Close()
	for object, err := range b.Objects(ctx) {
		if err != nil {
			return nil, nil, err
		}
		within := "/" + object.Name
		if strings.Contains(within, "/.") {
			continue
		}
		switch strings.ToLower(path.Ext(object.Name)) {
		case ".jsonl", ".ndjson", ".parquet":
			if object.Dangling {
				return nil, nil, fmt.Errorf("fleet: the shard %s in %s is a link to what isn't there", object.Name, b)
			}
			shards = append(shards, Shard{object.Name, object.Size, object.Modified})
		default:
			if !strings.Contains(within, "/_") {
				others = append(others, object.Name)
			}
		}
	}
	return shards, others, nil
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
	s.Format = sweepFormat
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
func (s Sweep) units(id, lane string) []queue.Unit {
	var units []queue.Unit
	for i := range s.Shards {
		units = append(units, queue.Unit{Work: sweepWork, Of: id, Part: s.part(i), Label: s.Shards[i].Name, Version: Version(), Lane: lane})
	}
	return units
}

// shard finds the shard of a unit's part.
func (s Sweep) shard(part string) (Shard, error) {
	for i, shard := range s.Shards {
		if s.part(i) == part {
			return shard, nil
		}
	}
	return Shard{}, fmt.Errorf("fleet: the sweep has no shard %q", part)
}

// fetchShard brings a shard's file here, under a name with its ending.
func (s Sweep) fetchShard(ctx context.Context, shard Shard, dir string) (string, error) {
	pool, err := bucket.OpenExisting(ctx, s.Pool)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	file := filepath.Join(dir, "shard"+strings.ToLower(path.Ext(shard.Name)))
	if err := pool.Download(ctx, shard.Name, file); err != nil {
		return "", err
	}
	now, err := pool.Stat(ctx, shard.Name)
	second := func(at time.Time) time.Time { return at.Truncate(time.Second) } // some services tell no more
	if err == nil && (now.Size != shard.Bytes || !second(now.Modified).Equal(second(shard.Modified))) {
		err = queue.Never(fmt.Errorf("fleet: the shard %s was changed since this was begun: it had %d bytes, of %s, and has %d, of %s; give the "+
			"command again (alnb predict with another place for its answers)", shard.Name, shard.Bytes, shard.Modified.Format(time.DateTime), now.Size,
			now.Modified.Format(time.DateTime)))
	}
	return file, err
}
