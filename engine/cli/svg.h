/* svg.h - small plots as inline SVG. Colours and fonts are the page's: elements have classes alone.
 */
#ifndef CLI_SVG_H
#define CLI_SVG_H

#include "buffer.h"

/* A plot's place in pixels and its ranges of data. */
struct plot {
    struct buffer *out;
    double width, height;
    double left, right, top, bottom; /* margins */
    double x0, x1, y0, y1;           /* data at the edges; x0 < x1, y0 < y1 */
};

struct plot_point {
    double x, y;
};

/* Opens the picture and draws the frame: grid lines, numbers at n_x and n_y steps (0: none) and the
 * names of the axes (NULL: none). alt says what it shows, for those who cannot see it. Strings are
 * written as they are. */
void svg_begin(const struct plot *plot, const char *alt, int n_x, int n_y, const char *x_name,
               const char *y_name);
void svg_end(const struct plot *plot);

/* A line through points [n]: what lies outside the ranges is put on their edge. */
void svg_line(const struct plot *plot, const char *class_name, const struct plot_point *points,
              size_t n);

/* The area between such a line and the x axis. */
void svg_area(const struct plot *plot, const char *class_name, const struct plot_point *points,
              size_t n);

/* A box between two corners, and a dot with its radius in pixels. tip shows on pointing at it. */
void svg_box(const struct plot *plot, const char *class_name, double x0, double y0, double x1,
             double y1, const char *tip);
void svg_dot(const struct plot *plot, const char *class_name, double x, double y, double radius,
             const char *tip);

#endif
