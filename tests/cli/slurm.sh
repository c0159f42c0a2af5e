#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154,SC2034
# A scan whose extract steps run on two nodes of a Slurm cluster, started here for the test: the report is that of a local scan.
# Exit status 77, with the reason, where Slurm cannot be started.

skip() {
    echo "skipped: $1"
    exit 77
}
PATH=$PATH:/usr/sbin:/sbin
for tool in slurmctld slurmd srun scontrol sinfo munged munge ninja; do
    command -v $tool >/dev/null || skip "needs $tool (Debian: slurm-wlm, munge, ninja-build)"
done
[ "$(id -u)" -eq 0 ] || skip "needs to be root to start slurmd"

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
chmod 755 "$folder"
cluster=$folder/cluster
pids=()
stop_cluster() {
    scontrol shutdown >/dev/null 2>&1
    sleep 1
    [ ${#pids[@]} -eq 0 ] || kill -9 "${pids[@]}" 2>/dev/null
    rm -rf "$folder"
}
trap stop_cluster EXIT

# ports that nobody uses
port=$((20000 + RANDOM % 20000))
mkdir -p "$cluster"/{log,state,spooln1,spooln2}
head -c 1024 /dev/urandom >"$cluster/munge.key"
chmod 700 "$cluster"
chmod 400 "$cluster/munge.key"
munged --force -F --socket="$cluster/munge.sock" --key-file="$cluster/munge.key" --pid-file="$cluster/munged.pid" \
    --seed-file="$cluster/munge.seed" --log-file="$cluster/log/munged.log" >"$cluster/log/munged.out" 2>&1 &
pids+=($!)
for ((i = 0; i < 50 && $(munge -n -S "$cluster/munge.sock" >/dev/null 2>&1; echo $?) != 0; i++)); do sleep 0.2; done
munge -n -S "$cluster/munge.sock" >/dev/null 2>&1 || skip "munged does not start: $(tail -1 "$cluster/log/munged.log")"

export SLURM_CONF=$cluster/slurm.conf
host=$(hostname -s)
cat >"$SLURM_CONF" <<CONF
ClusterName=t
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster/munge.sock
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool%n
SlurmctldPidFile=$cluster/ctld.pid
SlurmdPidFile=$cluster/slurmd-%n.pid
SlurmctldLogFile=$cluster/log/ctld.log
SlurmdLogFile=$cluster/log/%n.log
SlurmctldPort=$port
ReturnToService=2
MpiDefault=none
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1
PartitionName=p Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF
slurmctld -D >"$cluster/log/ctld.out" 2>&1 &
pids+=($!)
for node in n1 n2; do
    slurmd -D -N $node >"$cluster/log/$node.out" 2>&1 &
    pids+=($!)
done
for ((i = 0; i < 150; i++)); do
    [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ] && break
    sleep 0.2
done
[ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ] || skip "the two nodes do not come up: $(tail -1 "$cluster/log/ctld.log")"

for i in 1 2 3 4; do bad_source | sed "s/Teardown/Teardown$i/" >u$i.c; done
good_source >good.c
database u1.c u2.c u3.c u4.c good.c
run 1 scan --no-db -f json=local.json -f sarif=local.sarif
run 0 ninja -o build.ninja -f json=slurm.json -f sarif=slurm.sarif \
    --launcher "env SLURM_CONF=$SLURM_CONF srun -N1 -n1 --export=ALL $folder/node"
printf '#!/bin/sh\necho "$SLURMD_NODENAME" >>%s/nodes\nexec "$@"\n' "$folder" >node
chmod +x node
last="ninja over srun"
ninja -j 4 >"$out" 2>"$err"
for kind in json sarif; do cmp -s local.$kind slurm.$kind || fail "the report ($kind) differs from that of a local scan: $(tail -3 "$out")"; done
[ "$(wc -l <nodes)" -eq 5 ] || fail "$(wc -l <nodes) extract steps ran, not 5"
[ "$(sort -u nodes | tr '\n' ' ')" = "n1 n2 " ] || fail "the steps ran on: $(sort -u nodes)"
finish
