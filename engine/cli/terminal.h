/* terminal.h - what standard output is shown on. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stddef.h>

/* The words of --color, in the order that terminal_has_colour knows. */
extern const char *const colour_names[];

/* Columns of the terminal, else of $COLUMNS, else 100; never fewer than 40. */
size_t terminal_columns(void);

/* Whether to write colours: choice is the index of a word of colour_names. Automatic means: on a
 * terminal that is not dumb, and NO_COLOR is not set. */
int terminal_has_colour(int choice);

#endif
