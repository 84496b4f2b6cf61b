/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Controllers in debugfs and sysfs.
 */
#ifndef _HV_VSTOR_DEBUGFS_H
#define _HV_VSTOR_DEBUGFS_H

struct vstor;

void vstor_debugfs_module_init(void);
void vstor_debugfs_module_exit(void);
void vstor_debugfs_add(struct vstor *vs);
void vstor_debugfs_remove(struct vstor *vs);

#endif /* _HV_VSTOR_DEBUGFS_H */
