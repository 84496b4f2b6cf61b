#!/usr/bin/env python3
"""Every file includes the header of each facility that it uses.

usage: ci/static/includes.sh

Documentation/process/submit-checklist.rst, item 1: "If you use a facility then
#include the file that defines/declares that facility." The table says which
header declares what; a header of the drivers that the file includes by name
may bring it.
"""
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DRIVERS = os.path.join(TOP, "drivers-staging-hv")

# header: what it declares. Only unambiguous names are here.
TABLE = {
    "linux/slab.h": r"k[mzv]\w*alloc(?:_\w+)?\(|kv?free\(|kfree_sensitive\(|kmem_cache_\w+\(",
    "linux/vmalloc.h": r"\bv[mz]alloc\w*\(|\bvmap\(|\bvunmap\(",
    "linux/mutex.h": r"\bmutex_(?:lock|unlock|init)\(|\bguard\(mutex\)|\bstruct mutex\b|DEFINE_MUTEX\(",
    "linux/spinlock.h": r"\bspin_(?:lock|unlock|lock_init)\w*\(|\bguard\((?:raw_)?spinlock\w*\)|\b(?:raw_)?spinlock_t\b",
    "linux/completion.h": r"\bstruct completion\b|\bwait_for_completion\w*\(|\binit_completion\(",
    "linux/workqueue.h": r"\bINIT_(?:DELAYED_)?WORK\(|\bqueue_(?:delayed_)?work\w*\(|\balloc_\w*workqueue\(|\bstruct work_struct\b",
    "linux/module.h": r"\bMODULE_LICENSE\(|\bmodule_init\(|\bmodule_exit\(",
    "linux/moduleparam.h": r"\bmodule_param\w*\(",
    "linux/debugfs.h": r"\bdebugfs_create_\w+\(",
    "linux/seq_file.h": r"\bseq_(?:printf|puts|putc)\(",
    "linux/list.h": r"\blist_(?:add|del|for_each)\w*\(|\bINIT_LIST_HEAD\(",
    "linux/kref.h": r"\bkref_\w+\(|\bstruct kref\b",
    "linux/refcount.h": r"\brefcount_(?:inc|dec|set)\w*\(",
    "linux/atomic.h": r"\batomic(?:64|_long)?_(?:inc|dec|add|sub|set|read|cmpxchg|xchg|fetch)\w*\(",
    "linux/percpu.h": r"\balloc_percpu\w*\(|\bfree_percpu\(|\bper_cpu_ptr\(|\bthis_cpu_\w+\(",
    "linux/cpuhotplug.h": r"\bcpuhp_\w+\(",
    "linux/interrupt.h": r"\brequest_(?:percpu_)?irq\(|\btasklet_\w+\(",
    "linux/delay.h": r"\bmsleep\w*\(|\b(?:udelay|mdelay|usleep_range)\w*\(",
    "linux/wait.h": r"\bwait_event\w*\(|\bwake_up\w*\(|\bwait_queue_head_t\b",
    "linux/sysfs.h": r"\bsysfs_(?:emit|create|remove)\w*\(",
    "linux/acpi.h": r"\bACPI_PTR\(|\bstruct acpi_device_id\b",
    "linux/platform_device.h": r"\bstruct platform_driver\b|\bplatform_driver_register\(",
    "linux/overflow.h": r"\bcheck_(?:add|sub|mul)_overflow\(|\bstruct_size\(|\barray_size\(",
    "linux/scatterlist.h": r"\bfor_each_sg\(|\bsg_(?:init_table|dma_address|page|next|virt)\(",
    "linux/blk-mq.h": r"\bblk_mq_\w+\(",
    "linux/netdevice.h": r"\bnetif_\w+\(|\bnapi_(?:enable|disable|schedule)\w*\(|\balloc_etherdev\w*\(",
    "linux/etherdevice.h": r"\beth_(?:type_trans|hw_addr_\w+|validate_addr)\(|\balloc_etherdev\w*\(",
    "linux/ethtool.h": r"\bstruct ethtool_ops\b",
    "linux/bpf.h": r"\bbpf_prog_\w+\(",
    "linux/unaligned.h": r"\b(?:get|put)_unaligned\w*\(",
    "linux/uuid.h": r"\bguid_(?:equal|copy|parse)\(|\bGUID_INIT\(|\bguid_t\b",
    "linux/build_bug.h": r"\bstatic_assert\(|\bBUILD_BUG_ON\w*\(",
    "linux/ratelimit.h": r"\bDEFINE_RATELIMIT_STATE\(|\b__ratelimit\(|\bratelimit_state_init\(",
    "linux/fault-inject.h": r"\bDECLARE_FAULT_ATTR\(|\bshould_fail\(",
    "linux/tracepoint.h": r"\bTRACE_EVENT\(|\bDEFINE_EVENT\(",
    "linux/panic_notifier.h": r"\bpanic_notifier_list\b",
    "linux/sizes.h": r"\bSZ_\d+[KMG]\b",
    "linux/bitfield.h": r"\bFIELD_(?:GET|PREP)\(",
    "linux/minmax.h": r"\b(?:min|max|min_t|max_t|clamp\w*)\(",
    "linux/string.h": r"\bmem(?:cpy|set|cmp|move)\(|\bstrscpy\w*\(",
    "linux/err.h": r"\bIS_ERR\w*\(|\bPTR_ERR\w*\(|\bERR_PTR\(",
    "linux/jiffies.h": r"\bmsecs_to_jiffies\(|\btime_(?:after|before)\w*\(",
    "asm/mshyperv.h": r"\bhv_(?:get|set)_msr\(|\bhv_do_(?:fast_|rep_)?hypercall\w*\(|\bms_hyperv\b",
    "kunit/test.h": r"\bKUNIT_EXPECT\w*\(|\bstruct kunit_suite\b",
    "kunit/visibility.h": r"\bVISIBLE_IF_KUNIT\b|\bEXPORT_SYMBOL_IF_KUNIT\(",
}

# Headers that are meant to include another one.
BRINGS = {"linux/moduleparam.h": "linux/module.h"}


def strip(text):
    """Return TEXT without comments and strings, whose words are no uses."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r"//[^\n]*", " ", text)
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)


def included(path, files, seen=None):
    """Return the system headers that PATH includes, directly or by local headers."""
    seen = set() if seen is None else seen
    found = set(re.findall(r"^\s*#\s*include\s+<([^>]+)>", files[path], re.M))
    for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', files[path], re.M):
        for place in (os.path.join(os.path.dirname(path), name), os.path.join("include", name)):
            place = os.path.normpath(place)
            if place in files and place not in seen:
                seen.add(place)
                found |= included(place, files, seen)
    return found


def main():
    if sys.argv[1:] and sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip())
        return 0
    files = {}
    for root, _, names in os.walk(DRIVERS):
        for name in names:
            if name.endswith((".c", ".h")):
                path = os.path.join(root, name)
                with open(path, encoding="utf-8") as f:
                    files[os.path.relpath(path, DRIVERS)] = f.read()
    bad, checked = [], 0
    for path, text in sorted(files.items()):
        have, code = included(path, files), strip(text)
        for header, pattern in TABLE.items():
            use = re.search(pattern, code)
            if use:
                checked += 1
                if header not in have and BRINGS.get(header) not in have:
                    bad.append(f"{path}: uses {use.group(0).rstrip('(')} without <{header}>")
    if not checked:
        bad.append("nothing was checked")
    print("\n".join(bad) if bad else f"{len(files)} files, {checked} uses")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
