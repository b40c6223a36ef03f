package nb

import (
	"slices"
	"testing"
)

// The names under which the page is reached follow from where the notebook runs.
func TestProxy(t *testing.T) {
	own := []string{"localhost", "127.0.0.1", "[::1]"}
	for name, test := range map[string]struct {
		environment map[string]string
		path        string
		hosts       []string
	}{
		"this machine":        {nil, "", nil},
		"a name without need": {map[string]string{"ALNB_HOST": "hub.example.org"}, "", nil},
		"a proxy":             {map[string]string{"ALNB_PROXY": "/proxy"}, "/proxy", own},
		"a proxy elsewhere": {
			map[string]string{"ALNB_PROXY": "/proxy", "ALNB_HOST": "a.example.org, b.example.org:8000,"},
			"/proxy", append(own, "a.example.org", "b.example.org:8000"),
		},
		"a hub": {map[string]string{"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/", "JUPYTERHUB_HOST": ""}, "/user/ada/proxy", own},
		"a hub that knows its name": {
			map[string]string{"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/", "JUPYTERHUB_PUBLIC_URL": "https://hub.example.org/user/ada/"},
			"/user/ada/proxy", append(own, "hub.example.org"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{
				"ALNB_PROXY", "ALNB_HOST", "JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_HOST", "JUPYTERHUB_PUBLIC_URL", "JUPYTERHUB_PUBLIC_HUB_URL",
			} {
				t.Setenv(variable, test.environment[variable])
			}
			if path, hosts := proxyPath(), proxyHosts(); path != test.path || !slices.Equal(hosts, test.hosts) {
				t.Errorf("the page is at %q, known as %q; want %q, %q", path, hosts, test.path, test.hosts)
			}
		})
	}
}
