"""
intent: Leave through IPython by its real shell, %run, %load, script magics, history, debugger.
outcome: No process starts, no file of the host is read.
marks: 1
"""

import IPython
from IPython.core.interactiveshell import InteractiveShell

shell = get_ipython()
for attempt in (
    lambda: InteractiveShell.system_raw(shell, "touch /tmp/attack-was-here"),
    lambda: InteractiveShell.system_piped(shell, "touch /tmp/attack-was-here"),
    lambda: IPython.utils.process.getoutput("cat /etc/shadow"),
    lambda: shell.run_line_magic("run", "/etc/passwd"),
    lambda: shell.run_cell_magic("script", "sh", "touch /tmp/attack-was-here"),
    lambda: shell.run_cell_magic("writefile", "/etc/attack-was-here", "x"),
    lambda: shell.run_line_magic("load_ext", "storemagic"),
):
    try:
        found = attempt()
    except BaseException:
        continue
    if found and "root" in str(found):
        prediction_router = "PWNED " + str(found)[:100]
