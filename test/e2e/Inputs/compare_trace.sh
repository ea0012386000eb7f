#!/bin/sh
# compare_trace.sh EXPECTED ACTUAL TOLERANCE: every number of EXPECTED within the
# relative tolerance, and as many in ACTUAL.
paste "$1" "$2" | awk -v tolerance="$3" -v file="$1" '
  NF != 2 { print file ": line " NR " has no counterpart"; bad = 1; next }
  { d = ($1 - $2) / $1; if (d < 0) d = -d; if (!(d <= worst)) worst = d
    if (!(d <= tolerance)) { print file ": line " NR ": expected " $1 ", got " $2; bad = 1 } }
  END { print "largest relative difference " worst " over " NR " steps"; exit bad || NR == 0 }'
