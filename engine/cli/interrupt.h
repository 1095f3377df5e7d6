/* interrupt.h - SIGINT and SIGTERM end the work between two records. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

/* From now on the first SIGINT or SIGTERM only sets a mark; the second one kills. SIGXFSZ is
 * ignored. */
void interrupt_watch(void);

/* Whether the mark is set. Any thread. */
int interrupted(void);

#endif
