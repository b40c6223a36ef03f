package model

// A training step writes all weights and moments anew, hundreds of megabytes, and XLA takes that memory from malloc.
// By default glibc gives such blocks back to the system at once and gets zeroed pages for the next step, one page fault
// for every 4 kB: an eighth of the time a short step takes. Told to keep them, it doesn't.

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
static void keep_freed_memory(void) {
	mallopt(M_MMAP_THRESHOLD, 32 << 20); // the most glibc takes
	mallopt(M_TRIM_THRESHOLD, 2147483647);
	mallopt(M_TOP_PAD, 256 << 20);
}
#else
static void keep_freed_memory(void) {}
#endif
*/
import "C"

func keepFreedMemory() { C.keep_freed_memory() }
