/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hv_vmbus

#if !defined(_HV_VMBUS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _HV_VMBUS_TRACE_H

#include <linux/tracepoint.h>
#include "wire/vmbus.h"

/* A message in either direction; the words are its first after the type. */
DECLARE_EVENT_CLASS(vmb_message,
	TP_PROTO(const void *msg, u32 len, int result),
	TP_ARGS(msg, len, result),
	TP_STRUCT__entry(
		__field(u32, type)
		__field(u32, len)
		__field(int, result)
		__array(u32, word, 4)
	),
	TP_fast_assign(
		const __le32 *w = msg;

		__entry->type = len >= 4 ? le32_to_cpu(w[0]) : 0;
		__entry->len = len;
		__entry->result = result;
		for (u32 i = 0; i < 4; i++)
			__entry->word[i] = len >= 12 + 4 * i ?
				le32_to_cpu(w[2 + i]) : 0;
	),
	TP_printk("type=%u len=%u words=%#x,%#x,%#x,%#x result=%d",
		  __entry->type, __entry->len, __entry->word[0],
		  __entry->word[1], __entry->word[2], __entry->word[3],
		  __entry->result)
);

DEFINE_EVENT(vmb_message, vmb_message_post,
	TP_PROTO(const void *msg, u32 len, int result),
	TP_ARGS(msg, len, result));
DEFINE_EVENT(vmb_message, vmb_message_get,
	TP_PROTO(const void *msg, u32 len, int result),
	TP_ARGS(msg, len, result));

DECLARE_EVENT_CLASS(vmb_packet,
	TP_PROTO(u32 relid, u16 type, u16 flags, u64 id, u32 desc_len, u32 len),
	TP_ARGS(relid, type, flags, id, desc_len, len),
	TP_STRUCT__entry(
		__field(u32, relid)
		__field(u16, type)
		__field(u16, flags)
		__field(u64, id)
		__field(u32, desc_len)
		__field(u32, len)
	),
	TP_fast_assign(
		__entry->relid = relid;
		__entry->type = type;
		__entry->flags = flags;
		__entry->id = id;
		__entry->desc_len = desc_len;
		__entry->len = len;
	),
	TP_printk("relid=%u type=%u flags=%#x id=%#llx desc=%u len=%u",
		  __entry->relid, __entry->type, __entry->flags, __entry->id,
		  __entry->desc_len, __entry->len)
);

DEFINE_EVENT(vmb_packet, vmb_packet_send,
	TP_PROTO(u32 relid, u16 type, u16 flags, u64 id, u32 desc_len, u32 len),
	TP_ARGS(relid, type, flags, id, desc_len, len));
DEFINE_EVENT(vmb_packet, vmb_packet_receive,
	TP_PROTO(u32 relid, u16 type, u16 flags, u64 id, u32 desc_len, u32 len),
	TP_ARGS(relid, type, flags, id, desc_len, len));

DECLARE_EVENT_CLASS(vmb_channel,
	TP_PROTO(u32 relid),
	TP_ARGS(relid),
	TP_STRUCT__entry(__field(u32, relid)),
	TP_fast_assign(__entry->relid = relid;),
	TP_printk("relid=%u", __entry->relid)
);

DEFINE_EVENT(vmb_channel, vmb_signal, TP_PROTO(u32 relid), TP_ARGS(relid));
DEFINE_EVENT(vmb_channel, vmb_interrupt, TP_PROTO(u32 relid), TP_ARGS(relid));

#endif /* _HV_VMBUS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
