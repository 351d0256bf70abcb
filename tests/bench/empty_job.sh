#!/bin/sh
# A program that does nothing: what remains is the daemon's own time. A deck whose
# title is SLEEP holds its cores until it is cancelled.
read -r title
case "$title" in SLEEP*) exec sleep 600 ;; esac
exit 0
