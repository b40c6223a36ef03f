package model

// A training step writes all weights and moments anew and needs room for its activations: hundreds of megabytes, which
// XLA takes from malloc. By default glibc gives such blocks back to the system at once and gets zeroed pages for the next
// step, one page fault for every 4 kB: 50,000 to 130,000 a step, up to a fifth of its time. Told to keep them, it does,
// but only in its main arena, whose size has no limit: so all threads use that one. It must be told before threads
// start.

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
__attribute__((constructor)) static void keep_freed_memory(void) {
	mallopt(M_MMAP_MAX, 0); // also blocks of 32 MB and more come from the arena
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TRIM_THRESHOLD, 2147483647);
	mallopt(M_TOP_PAD, 256 << 20);
}
#endif
*/
import "C"
