// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin for QEMU's TCG, for scripts/profile: how many instructions were executed in each
 * translation block between two marks in a program of the guest (mark() in
 * ci/guest/tools/src/counters.h). -plugin profile.so,out=FILE writes, for each pair of marks,
 * a line "profile N" and then lines "ADDRESS INSTRUCTIONS".
 */
#include <glib.h>
#include <inttypes.h>
#include <qemu-plugin.h>
#include <stdio.h>
#include <string.h>

/* nopl NUMBER(%rax) with a number that no compiler aligns with: it does nothing. */
#define MARK_BYTES	7
static const unsigned char mark_begin[MARK_BYTES] = { 0x0f, 0x1f, 0x80, 0x01, 0x00, 0x76, 0x48 };
static const unsigned char mark_end[MARK_BYTES] = { 0x0f, 0x1f, 0x80, 0x02, 0x00, 0x76, 0x48 };

struct block {
	uint64_t address;
	size_t instructions;
	struct qemu_plugin_scoreboard *count;
};

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static GHashTable *blocks;
static GMutex lock;
static FILE *out;
static unsigned int profiles;

static guint block_hash(gconstpointer v)
{
	const struct block *b = v;

	return b->address ^ b->instructions;
}

static gboolean block_equal(gconstpointer v1, gconstpointer v2)
{
	const struct block *a = v1, *b = v2;

	return a->address == b->address && a->instructions == b->instructions;
}

static void block_reset(gpointer key, gpointer value, gpointer data)
{
	struct block *b = value;

	for (int i = 0; i < qemu_plugin_num_vcpus(); i++)
		qemu_plugin_u64_set(qemu_plugin_scoreboard_u64(b->count), i, 0);
}

static void block_print(gpointer key, gpointer value, gpointer data)
{
	struct block *b = value;
	uint64_t n = qemu_plugin_u64_sum(qemu_plugin_scoreboard_u64(b->count));

	if (n)
		fprintf(out, "%" PRIx64 " %" PRIu64 "\n", b->address, n);
}

static void begin(unsigned int cpu, void *data)
{
	g_mutex_lock(&lock);
	g_hash_table_foreach(blocks, block_reset, NULL);
	g_mutex_unlock(&lock);
}

static void end(unsigned int cpu, void *data)
{
	g_mutex_lock(&lock);
	fprintf(out, "profile %u\n", profiles++);
	g_hash_table_foreach(blocks, block_print, NULL);
	fflush(out);
	g_mutex_unlock(&lock);
}

static void find_marks(struct qemu_plugin_tb *tb)
{
	unsigned char bytes[MARK_BYTES];

	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (qemu_plugin_insn_size(insn) != MARK_BYTES ||
		    qemu_plugin_insn_data(insn, bytes, MARK_BYTES) != MARK_BYTES)
			continue;
		if (!memcmp(bytes, mark_begin, MARK_BYTES))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
		else if (!memcmp(bytes, mark_end, MARK_BYTES))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, end, QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
	}
}

/* A block that is translated again has its counter already. */
static struct block *block_of(struct qemu_plugin_tb *tb)
{
	struct block key = { qemu_plugin_tb_vaddr(tb), qemu_plugin_tb_n_insns(tb), NULL }, *b;

	b = g_hash_table_lookup(blocks, &key);
	if (!b) {
		b = g_new(struct block, 1);
		*b = key;
		b->count = qemu_plugin_scoreboard_new(sizeof(uint64_t));
		g_hash_table_insert(blocks, b, b);
	}
	return b;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct block *b;

	g_mutex_lock(&lock);
	b = block_of(tb);
	g_mutex_unlock(&lock);
	qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_ADD_U64,
							  qemu_plugin_scoreboard_u64(b->count),
							  b->instructions);
	find_marks(tb);
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
					   char **argv)
{
	for (int i = 0; i < argc; i++)
		if (g_str_has_prefix(argv[i], "out="))
			out = fopen(argv[i] + strlen("out="), "w");
	if (!out) {
		fprintf(stderr, "profile: out=FILE is missing, or cannot be written\n");
		return -1;
	}
	blocks = g_hash_table_new(block_hash, block_equal);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
