package chart

import (
	"html"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/helpers/internal/browsertest"
)

// TestInBrowser draws charts with hostile names in a browser without a network, beside a module loader such as a
// notebook's require.js, with the library after the first chart; and shows a tooltip.
func TestInBrowser(t *testing.T) {
	first, err := example(hostile...).HTML()
	if err != nil {
		t.Fatal(err)
	}
	second, err := example("Random", "LC").HTML()
	if err != nil {
		t.Fatal(err)
	}
	bars, err := Bars{
		Title: hostile[0], XLabel: hostile[1], YLabel: hostile[2], Note: hostile[3], Categories: hostile,
		Series: []BarSeries{{hostile[0], []float64{1, 2, -0.5, math.NaN(), 3}}, {hostile[4], []float64{0.5, 1}}},
	}.HTML()
	if err != nil {
		t.Fatal(err)
	}
	scatter, err := exampleScatter(hostile...).HTML()
	if err != nil {
		t.Fatal(err)
	}
	table, err := Table{Columns: []Column{{Name: "Arm"}}, Rows: [][]string{{hostile[0]}, {hostile[1]}, {hostile[2]}}}.HTML()
	if err != nil {
		t.Fatal(err)
	}
	page := `<!DOCTYPE html><meta charset="utf-8"><title>nothing ran</title>
<script>window.onerror = function (message) { document.title = message; };
function define() { document.title = "captured by the loader"; } define.amd = {};</script>
` + string(first+Library()+second+first+bars+scatter+table) + `<script>
document.querySelectorAll("[data-alnb-chart]").forEach(function (box) {
  window.__alnbECharts.getInstanceByDom(box.firstChild).dispatchAction({type: "showTip", seriesIndex: 0, dataIndex: 1});
  window.__alnbECharts.getInstanceByDom(box.firstChild).dispatchAction({type: "showTip", seriesIndex: 0, dataIndex: 3}); // a gap among the bars
});
</script>`
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(page), 0o666); err != nil {
		t.Fatal(err)
	}
	dom := browsertest.DOM(t, path, os.Getenv("ALNB_SCREENSHOT"))
	if !strings.Contains(dom, "<title>nothing ran</title>") {
		t.Error("a name ran as a script, or the module loader took the library")
	}
	if n := strings.Count(dom, "<svg "); n != 5 {
		t.Errorf("%d charts are drawn, want 5", n)
	}
	if n := strings.Count(dom, "display: none;\">"); n < 5 {
		t.Errorf("%d pictures are hidden, want 5", n)
	}
	if n := strings.Count(dom, "<img src=\"data:image/png;base64,"); n != 6 {
		t.Errorf("%d pictures, want those of the charts and the field of one", n)
	}
	for _, name := range hostile {
		name = label(name)
		shown := strings.NewReplacer("&#34;", `"`, "&#39;", "'").Replace(html.EscapeString(name))
		if !strings.Contains(dom, "<bdi>"+shown+"</bdi>") {
			t.Errorf("the tooltip doesn't show %s", name)
		}
		if !strings.Contains(dom, ">"+shown+"</text>") {
			t.Errorf("the legend doesn't show %s", name)
		}
	}
}

// TestPictureStays loads a chart whose library never comes.
func TestPictureStays(t *testing.T) {
	fragment, err := example("Random", "LC").HTML()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte("<!DOCTYPE html>"+string(fragment)), 0o666); err != nil {
		t.Fatal(err)
	}
	dom := browsertest.DOM(t, path, "")
	if strings.Contains(dom, "<svg ") || strings.Contains(dom, "display: none") || !strings.Contains(dom, "<img ") {
		t.Error("the picture is gone")
	}
}
