/* slot.h - what a reload does to a slot. */
#ifndef WN_SLOT_H
#define WN_SLOT_H

#include "file.h"
#include "model.h"

/* The current model, with a reference for the caller. Any thread. */
const wn_model *wn__slot_current(wn_slot *slot);

/* wn_slot_publish; keeps the model before for wn_slot_rollback if asked to. */
wn_status wn__slot_publish(wn_slot *slot, const wn_model *model, bool keep_previous);

/* Puts the file in the place of the one that was looked at last; true when it is another one. */
bool wn__slot_look(wn_slot *slot, const wn__file_stamp *stamp);

#endif /* WN_SLOT_H */
