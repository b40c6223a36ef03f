package annotate

import (
	"fmt"
	"testing"
	"time"
)

// 60 texts are labeled without a pause while the server is killed and started over and over, and answers are lost: each
// judgment is taken once, and in order.
func TestStorm(t *testing.T) {
	desk := newDesk(false, sections, texts(60)...)
	s := newStage(t, desk, Options{})
	done := make(chan int, 1)
	go func() {
		select {
		case <-s.storm:
		case <-t.Context().Done():
			return
		}
		kills := 0
		for began := time.Now(); time.Since(began) < 3*time.Second; kills++ {
			time.Sleep(120 * time.Millisecond)
			s.stop()
			time.Sleep(60 * time.Millisecond)
			s.start()
			s.loseAnswer()
		}
		done <- kills
	}()
	s.play("storm")
	kills := <-done
	desk.mu.Lock()
	defer desk.mu.Unlock()
	for i, j := range desk.taken {
		if want := fmt.Sprintf("doc-%d", i); j.Document != want || j.Class != sections[i%4] {
			t.Errorf("judgment %d is of %s, %s; want %s, %s", i, j.Document, j.Class, want, sections[i%4])
		}
	}
	if len(desk.taken) != 60 {
		t.Errorf("%d judgments were taken, want 60", len(desk.taken))
	}
	t.Logf("the server was killed %d times; %d requests came again", kills, desk.repeated)
}
