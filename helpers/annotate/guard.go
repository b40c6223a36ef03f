package annotate

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxBody is how many bytes a request's body may have.
const maxBody = 1 << 20

// policy is the page's Content-Security-Policy: it may use its own files and nothing else, show nothing that it didn't make
// element by element, and be framed by ancestors only.
func policy(ancestors []string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; " +
		"form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; " +
		"frame-ancestors 'self' " + strings.Join(ancestors, " ")
}

// protect sets the headers that every answer has. There are none that let another origin read it.
func (s *server) protect(h http.Header) {
	h.Set("Content-Security-Policy", s.policy)
	h.Set("Referrer-Policy", "no-referrer") // the address holds the token
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// checkHost refuses requests for a host that this is not, as a foreign page sends them whose name has been made to lead
// here.
func (s *server) checkHost(r *http.Request) error {
	host := strings.ToLower(r.Host)
	if addr, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		port := ":" + strconv.Itoa(addr.Port)
		name, found := strings.CutSuffix(host, port)
		if (found || port == ":80") && slices.Contains([]string{"127.0.0.1", "localhost", "[::1]"}, name) {
			return nil
		}
	}
	name := host
	if at := strings.LastIndexByte(host, ':'); at > strings.LastIndexByte(host, ']') {
		name = host[:at]
	}
	if slices.Contains(s.hosts, host) || slices.Contains(s.hosts, name) {
		return nil
	}
	return &httpError{http.StatusForbidden,
		fmt.Sprintf("this server is not known as %.100q; whoever started it can allow the name", r.Host)}
}

// below returns what follows /TOKEN/ in a path, and whether the slash after the token is there. The comparison takes as
// long for any wrong token.
func (s *server) below(path string) (rest string, slash bool, err error) {
	token, rest, slash := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	sum := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(sum[:], s.token[:]) != 1 {
		return "", false, &httpError{http.StatusNotFound,
			"there is no such page; open the address that was shown when the server started"}
	}
	return rest, slash, nil
}

// checkChange refuses requests that would change something and come from a page of another origin, or don't say that
// they bring JSON, which a form of another page can't.
func checkChange(r *http.Request) error {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return &httpError{http.StatusForbidden, "another page asked for this change; it was refused"}
	}
	for _, origin := range r.Header.Values("Origin") {
		from, err := url.Parse(origin)
		// A proxy may end TLS, so that only the host tells.
		if err != nil || from.Scheme != "http" && from.Scheme != "https" || !strings.EqualFold(from.Host, r.Host) {
			return &httpError{http.StatusForbidden, fmt.Sprintf("a page of %.100q asked for this change; it was refused", origin)}
		}
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &httpError{http.StatusUnsupportedMediaType, "the body must be JSON, with the Content-Type application/json"}
	}
	if r.ContentLength > maxBody {
		return tooLarge()
	}
	return nil
}

func tooLarge() error {
	return &httpError{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is longer than %d bytes", maxBody)}
}

func wrongMethod(r *http.Request, want string) error {
	return &httpError{http.StatusMethodNotAllowed, fmt.Sprintf("%.20q can't be done here, only %s", r.Method, want)}
}

// An httpError is an error with its status code.
type httpError struct {
	code     int
	sentence string
}

func (e *httpError) Error() string { return e.sentence }
