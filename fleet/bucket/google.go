package bucket

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"

	"gocloud.dev/blob"
	"gocloud.dev/blob/gcsblob" // gs://
	"gocloud.dev/gcp"
)

// openGoogle opens a bucket of Google's. Where there are no credentials gocloud.dev would write so to standard output, which has results.
func openGoogle(ctx context.Context, u *url.URL) (*blob.Bucket, error) {
	options := u.Query()
	anonymous, _ := strconv.ParseBool(options.Get("anonymous"))
	switch {
	case os.Getenv("STORAGE_EMULATOR_HOST") != "": // which asks for none
	case anonymous || options.Get("access_id") == "-":
		return (&gcsblob.URLOpener{Client: gcp.NewAnonymousHTTPClient(gcp.DefaultTransport())}).OpenBucketURL(ctx, u)
	default:
		if _, err := gcp.DefaultCredentials(ctx); err != nil {
			return nil, fmt.Errorf("no credentials; name their file in GOOGLE_APPLICATION_CREDENTIALS, or, for a public bucket, add ?anonymous=true: %w", err)
		}
	}
	return blob.DefaultURLMux().OpenBucketURL(ctx, u)
}
