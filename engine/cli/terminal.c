/* terminal.c - what standard output is shown on. */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_COLUMNS = 100, MIN_COLUMNS = 40 };

const char *const colour_names[] = {"auto", "always", "never", NULL};

size_t terminal_columns(void)
{
    struct winsize size = {0};
    size_t columns = 0;
    const char *told = getenv("COLUMNS");
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    else if (told != NULL)
        columns = strtoul(told, NULL, 10);
    if (columns == 0 || columns > 10000)
        columns = DEFAULT_COLUMNS;
    return columns < MIN_COLUMNS ? MIN_COLUMNS : columns;
}

int terminal_has_colour(int choice)
{
    const char *never = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    if (choice > 0)
        return choice == 1;
    return isatty(STDOUT_FILENO) && (never == NULL || *never == '\0') &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}
