package alnb

import (
	"context"

	"github.com/alnb/alnb/alnb/store"
)

// Review has people look at labeled documents again, in this order, beside the open batch: such as those of SecondLook. The IDs
// replace what is left of those before. A document is done once somebody has judged it, also if in the same way as before.
func (s *Session) Review(ctx context.Context, ids []string) error { return s.db.SetReview(ctx, ids) }

// ToReview returns what people are still to look at again, with what was said about it.
func (s *Session) ToReview(ctx context.Context) ([]store.QueueItem, error) { return s.db.Review(ctx) }

// SuspectIDs are the documents of suspects, in order.
func SuspectIDs(suspects []Suspect) []string {
	ids := make([]string, len(suspects))
	for i, suspect := range suspects {
		ids[i] = suspect.ID
	}
	return ids
}
