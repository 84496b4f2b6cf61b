/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The channels of a storage controller.
 */
#ifndef _HV_VSTOR_CHANNELS_H
#define _HV_VSTOR_CHANNELS_H

struct vstor;

int vstor_open_first(struct vstor *vs);
int vstor_initialize(struct vstor *vs);
int vstor_open_channels(struct vstor *vs, unsigned int want);
int vstor_close_channels(struct vstor *vs, int error);
void vstor_publish(struct vstor *vs);

#endif /* _HV_VSTOR_CHANNELS_H */
