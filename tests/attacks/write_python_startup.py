"""
intent: Plant a .pth file in site-packages that runs in every later Python.
outcome: The folder is read-only.
"""

import site
import sys

for folder in [*site.getsitepackages(), *sys.path]:
    try:
        with open(folder + "/attack-was-here.pth", "w") as file:
            file.write("import os; os.environ['PWNED'] = '1'")
        prediction_router = "PWNED wrote into " + folder
    except OSError:
        pass
