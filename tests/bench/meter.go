package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// A meter watches who computes while a side is timed: the sides that should wait, and all other processes. Where the
// system has no /proc it sees nothing.
type meter struct {
	pids  map[string]int // of processes by the prefix of their sides' names
	began time.Time
	cpu   map[string]float64
	busy  float64

	idle   float64 // the largest share of a processor that a waiting side took during a block
	others float64 // processor seconds of all other processes
	wall   float64
}

// newMeter watches this process, and peers by their sides' names.
func newMeter(pids map[string]int) *meter {
	pids[alnbName] = os.Getpid()
	return &meter{pids: pids, cpu: make(map[string]float64)}
}

func (m *meter) begin() {
	for name, pid := range m.pids {
		m.cpu[name] = cpuSeconds(pid)
	}
	m.began, m.busy = time.Now(), busySeconds()
}

// end ends the block of the side that was to compute.
func (m *meter) end(running string) {
	wall, others := time.Since(m.began).Seconds(), busySeconds()-m.busy
	for name, pid := range m.pids {
		used := cpuSeconds(pid) - m.cpu[name]
		others -= used
		if !strings.HasPrefix(running, name) {
			m.idle = max(m.idle, used/wall)
		}
	}
	m.others += max(0, others)
	m.wall += wall
}

// String is a sentence for the reader.
func (m *meter) String() string {
	return fmt.Sprintf("A waiting side took %.1f %% of one processor at most, all other processes together %.1f %% of the machine.",
		100*m.idle, 100*m.others/m.wall/float64(runtime.NumCPU()))
}

const ticks = 100 // a second, in /proc

// cpuSeconds is what a process has computed for.
func cpuSeconds(pid int) float64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(raw), ") ") // the name may have spaces
	return sum(strings.Fields(after), 11, 12)     // utime, stime
}

// busySeconds is what all processes have computed for, the machine's other tenants included (steal).
func busySeconds() float64 {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	return sum(strings.Fields(line), 1, 2, 3, 6, 7, 8) // user, nice, system, irq, softirq, steal
}

func sum(fields []string, which ...int) float64 {
	total := 0.0
	for _, i := range which {
		if i < len(fields) {
			n, _ := strconv.ParseFloat(fields[i], 64)
			total += n
		}
	}
	return total / ticks
}
