/* probe_hardening.c - code that each hardening flag changes, for check_hardening.sh to look at. */
#include <string.h>

/* Defined nowhere: the object is read, never linked. */
void seen(char *bytes);
size_t told(void);
void probe_large_frame(void);
void probe_copy(char *to, size_t size, const char *from);

/* An array whose address leaves the function gets a canary; a frame of many pages is probed. */
void probe_large_frame(void)
{
    char bytes[1 << 20];
    seen(bytes);
}

/* A size that is known while the program runs, not before: level 3 checks it, level 2 does not. */
__attribute__((alloc_size(1))) void *probe_allocate(size_t size);
void probe_copy(char *to, size_t size, const char *from)
{
    char *block = probe_allocate(size);
    memcpy(block, from, told());
    memcpy(to, block, size);
    seen(block);
}
