/* page.h - the fixed parts of the HTML page of an evaluation. */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

/* Head with the style sheet, up to </style>, in two parts. Nothing is loaded from anywhere, and the
 * policy in it lets nothing be loaded or run. */
extern const char page_head[], page_more_style[];

/* The definitions, in a <details>. */
extern const char page_notes[];

#endif
