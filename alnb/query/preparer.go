package query

import "context"

// A Preparer is a Scorer that reads the labeled documents before it scores any. Who scores a pool part by part prepares
// once, and asks what that gives.
type Preparer interface {
	Scorer
	// Prepare reads the labeled documents. The Scorer it returns gives the scores that Score does, of any documents, with
	// the same model as it is now.
	Prepare(ctx context.Context, request Request) (Scorer, error)
}

// prepareAndScore is Score of a Preparer: progress goes on from the labeled documents to the others.
func prepareAndScore(ctx context.Context, p Preparer, request Request) ([]float64, error) {
	if len(request.Docs) == 0 {
		return []float64{}, nil
	}
	tell, read := request.Progress, 0
	if tell != nil {
		request.Progress = func(done int) { read = done; tell(done) }
	}
	prepared, err := p.Prepare(ctx, request)
	if err != nil {
		return nil, err
	}
	if before := read; tell != nil {
		request.Progress = func(done int) { tell(before + done) }
	}
	return prepared.Score(ctx, request)
}
