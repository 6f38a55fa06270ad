# shellcheck shell=sh
about='a node recorded on -i any with tcpdump: SLL2, every packet twice'
recorder_of_node=record
. "$lab/node.sh"
