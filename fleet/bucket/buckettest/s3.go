// Package buckettest stands in for services that a test can't reach.
package buckettest

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// SecretKey is that of the credentials that tests of a service have in their environment.
const SecretKey = "wJalrXUtnFEMI"

// S3 stands in for Amazon's service, which can't be reached from a test: what of it the bucket uses, by its documentation: objects in
// a bucket by path, If-None-Match: * on writing, listing, and errors as XML. The bucket nowhere isn't there, all of forbidden is
// denied, and writing into readonly.
type S3 struct {
	*httptest.Server
	mu      sync.Mutex
	objects map[string]object // by bucket/key
}

type object struct {
	content  []byte
	etag     string
	modified time.Time
}

// NewS3 starts the service, until the test ends, and puts credentials into the environment.
func NewS3(t *testing.T) *S3 {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", SecretKey)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	s := &S3{objects: make(map[string]object)}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// URL is that of a bucket, and a prefix, of the service.
func (s *S3) URL(path string) string {
	return "s3://" + path + "?region=us-east-1&use_path_style=true&request_checksum_calculation=when_required&response_checksum_validation=when_required&endpoint=" + s.Server.URL
}

func (s *S3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	name := bucket + "/" + key
	stored, there := s.objects[name]
	switch {
	case bucket == "nowhere":
		refuse(w, http.StatusNotFound, "NoSuchBucket")
	case bucket == "forbidden", bucket == "readonly" && r.Method == http.MethodPut:
		refuse(w, http.StatusForbidden, "AccessDenied")
	case key == "" && r.Method == http.MethodGet:
		s.list(w, bucket, r.URL.Query().Get("prefix"))
	case r.Method == http.MethodPut && there && r.Header.Get("If-None-Match") == "*":
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
	case r.Method == http.MethodPut:
		content, err := io.ReadAll(r.Body)
		if err != nil || strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") {
			refuse(w, http.StatusNotImplemented, "NotImplemented")
			return
		}
		sum := md5.Sum(content)
		s.objects[name] = object{content, `"` + hex.EncodeToString(sum[:]) + `"`, time.Now().UTC()}
	case !there:
		refuse(w, http.StatusNotFound, "NoSuchKey")
	default:
		w.Header().Set("ETag", stored.etag)
		w.Header().Set("Last-Modified", stored.modified.Format(http.TimeFormat))
		w.Write(stored.content)
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	xml.NewEncoder(w).Encode(struct {
		XMLName       xml.Name `xml:"Error"`
		Code, Message string
	}{Code: code, Message: code})
}

func (s *S3) list(w http.ResponseWriter, bucket, prefix string) {
	type entry struct {
		Key, ETag    string
		Size         int
		LastModified string
	}
	result := struct {
		XMLName     xml.Name `xml:"ListBucketResult"`
		IsTruncated bool
		Contents    []entry
	}{}
	for _, name := range slices.Sorted(maps.Keys(s.objects)) {
		if key, ok := strings.CutPrefix(name, bucket+"/"); ok && strings.HasPrefix(key, prefix) {
			result.Contents = append(result.Contents, entry{key, s.objects[name].etag, len(s.objects[name].content), s.objects[name].modified.Format(time.RFC3339)})
		}
	}
	xml.NewEncoder(w).Encode(result)
}
