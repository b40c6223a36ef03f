package tokenize

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"github.com/alnb/alnb/alnb/home"
)

// BenchmarkEncodeTexts is MiniLM's tokenizer on AG News, cut to 128 tokens, on all processors.
func BenchmarkEncodeTexts(b *testing.B) {
	folder, err := home.Dir()
	if err != nil {
		b.Fatal(err)
	}
	tokenizer, err := OpenFolder(filepath.Join(folder, "models", "sentence-transformers", "all-MiniLM-L6-v2"), 128)
	if err != nil {
		b.Skipf("NOT MEASURED: %v; run make setup", err)
	}
	defer tokenizer.Close()
	texts := newsTexts(b)
	for b.Loop() {
		if _, err := tokenizer.EncodeTexts(b.Context(), texts); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(texts)*b.N)/b.Elapsed().Seconds(), "documents/s")
	b.ReportAllocs()
}

// newsTexts are the texts of AG News in $ALNB_DATA.
func newsTexts(b *testing.B) []string {
	f, err := os.Open(filepath.Join(os.Getenv("ALNB_DATA"), "ag_news", "test.csv"))
	if err != nil {
		b.Skipf("NOT MEASURED: %v; set ALNB_DATA to the folder with ag_news/test.csv", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	texts := make([]string, len(rows))
	for i, row := range rows {
		texts[i] = row[1] + " " + row[2]
	}
	return texts
}
