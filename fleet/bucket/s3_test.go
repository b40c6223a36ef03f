package bucket

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

const secretKey = "wJalrXUtnFEMI"

// s3 stands in for Amazon's service, which can't be reached from a test: what of it the bucket uses, by its documentation: objects in
// a bucket by path, If-None-Match: * on writing, listing, and errors as XML. The bucket nowhere isn't there, all of forbidden is
// denied, and writing into readonly.
type s3 struct {
	*httptest.Server
	mu      sync.Mutex
	objects map[string][]byte // by bucket/key
}

func newS3(t *testing.T) *s3 {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secretKey)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	s := &s3{objects: make(map[string][]byte)}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *s3) url(path string) string {
	return "s3://" + path + "?region=us-east-1&use_path_style=true&request_checksum_calculation=when_required&response_checksum_validation=when_required&endpoint=" + s.URL
}

func (s *s3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	object := bucket + "/" + key
	content, there := s.objects[object]
	sum := md5.Sum(content)
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
		s.objects[object] = content
	case !there:
		refuse(w, http.StatusNotFound, "NoSuchKey")
	default:
		w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`)
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		w.Write(content)
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	xml.NewEncoder(w).Encode(struct {
		XMLName       xml.Name `xml:"Error"`
		Code, Message string
	}{Code: code, Message: code})
}

func (s *s3) list(w http.ResponseWriter, bucket, prefix string) {
	type object struct {
		Key          string
		Size         int
		LastModified string
	}
	result := struct {
		XMLName     xml.Name `xml:"ListBucketResult"`
		IsTruncated bool
		Contents    []object
	}{}
	for _, name := range slices.Sorted(maps.Keys(s.objects)) {
		if key, ok := strings.CutPrefix(name, bucket+"/"); ok && strings.HasPrefix(key, prefix) {
			result.Contents = append(result.Contents, object{key, len(s.objects[name]), time.Now().UTC().Format(time.RFC3339)})
		}
	}
	xml.NewEncoder(w).Encode(result)
}
