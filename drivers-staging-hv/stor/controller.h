/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A controller's channels, for the recovery.
 */
#ifndef _HV_VSTOR_CONTROLLER_H
#define _HV_VSTOR_CONTROLLER_H

struct vstor;

int vstor_open_channels(struct vstor *vs, unsigned int want);
int vstor_close_channels(struct vstor *vs, int error);
void vstor_publish(struct vstor *vs);

#endif /* _HV_VSTOR_CONTROLLER_H */
