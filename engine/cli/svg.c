/* svg.c - small plots as inline SVG. */
#include "svg.h"

/* Data to pixels; one decimal is more than a screen shows. */
static double at_x(const struct plot *plot, double x)
{
    double share = (x - plot->x0) / (plot->x1 - plot->x0);
    share = share > 1 ? 1 : share >= 0 ? share : 0;
    return plot->left + share * (plot->width - plot->left - plot->right);
}

static double at_y(const struct plot *plot, double y)
{
    double share = (y - plot->y0) / (plot->y1 - plot->y0);
    share = share > 1 ? 1 : share >= 0 ? share : 0;
    return plot->height - plot->bottom - share * (plot->height - plot->top - plot->bottom);
}

static void add_tick(const struct plot *plot, int is_x, double value)
{
    double x = is_x ? at_x(plot, value) : plot->left, y = is_x ? plot->top : at_y(plot, value);
    double x2 = is_x ? x : plot->width - plot->right, y2 = is_x ? plot->height - plot->bottom : y;
    buffer_print(plot->out,
                 "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", x, y, x2,
                 y2);
    if (is_x)
        buffer_print(plot->out, "<text class=\"tick mid\" x=\"%.1f\" y=\"%.1f\">%.4g</text>", x,
                     y2 + 14, value);
    else
        buffer_print(plot->out, "<text class=\"tick end\" x=\"%.1f\" y=\"%.1f\">%.4g</text>", x - 5,
                     y + 3.5, value);
}

void svg_begin(const struct plot *plot, const char *alt, int n_x, int n_y, const char *x_name,
               const char *y_name)
{
    struct buffer *out = plot->out;
    double middle_x = (plot->left + plot->width - plot->right) / 2;
    double middle_y = (plot->top + plot->height - plot->bottom) / 2;
    buffer_print(out, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\">", plot->width,
                 plot->height, alt);
    for (int i = 0; i <= n_x && n_x > 0; i++)
        add_tick(plot, 1, plot->x0 + (plot->x1 - plot->x0) * i / n_x);
    for (int i = 0; i <= n_y && n_y > 0; i++)
        add_tick(plot, 0, plot->y0 + (plot->y1 - plot->y0) * i / n_y);
    if (x_name != NULL)
        buffer_print(out, "<text class=\"axis mid\" x=\"%.1f\" y=\"%.1f\">%s</text>", middle_x,
                     plot->height - 4, x_name);
    if (y_name != NULL)
        buffer_print(
            out, "<text class=\"axis mid\" transform=\"translate(11 %.1f) rotate(-90)\">%s</text>",
            middle_y, y_name);
}

void svg_end(const struct plot *plot)
{
    buffer_add_string(plot->out, "</svg>");
}

static void add_points(const struct plot *plot, const struct plot_point *points, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buffer_print(plot->out, "%s%.1f,%.1f", i > 0 ? " " : "", at_x(plot, points[i].x),
                     at_y(plot, points[i].y));
}

void svg_line(const struct plot *plot, const char *class_name, const struct plot_point *points,
              size_t n)
{
    buffer_print(plot->out, "<polyline class=\"%s\" points=\"", class_name);
    add_points(plot, points, n);
    buffer_add_string(plot->out, "\"/>");
}

void svg_area(const struct plot *plot, const char *class_name, const struct plot_point *points,
              size_t n)
{
    if (n == 0)
        return;
    double floor = at_y(plot, plot->y0);
    buffer_print(plot->out, "<polygon class=\"%s\" points=\"%.1f,%.1f ", class_name,
                 at_x(plot, points[0].x), floor);
    add_points(plot, points, n);
    buffer_print(plot->out, " %.1f,%.1f\"/>", at_x(plot, points[n - 1].x), floor);
}

void svg_box(const struct plot *plot, const char *class_name, double x0, double y0, double x1,
             double y1, const char *tip)
{
    double left = at_x(plot, x0), top = at_y(plot, y1);
    buffer_print(plot->out,
                 "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">"
                 "<title>%s</title></rect>",
                 class_name, left, top, at_x(plot, x1) - left, at_y(plot, y0) - top, tip);
}

void svg_dot(const struct plot *plot, const char *class_name, double x, double y, double radius,
             const char *tip)
{
    buffer_print(
        plot->out,
        "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>%s</title></circle>",
        class_name, at_x(plot, x), at_y(plot, y), radius, tip);
}
