# shellcheck shell=sh
about='a node recorded on -i any with dumpcap: pcapng, SLL, every packet twice'
recorder_of_node=record_ng
. "$lab/node.sh"
