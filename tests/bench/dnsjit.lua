-- What dnsjit does with the same capture: the yardstick of tests/bench/run.
--
-- usage: dnsjit tests/bench/dnsjit.lua decode|match FILE
--
--   decode  walks every record of every DNS message
--   match   counts names and clients and matches responses to queries, with
--           a histogram of the response times
--
-- UDP on port 53, and the same from each tool: the last line says what was
-- found, so that a run that read nothing cannot pass for a fast one.
local job, file = arg[2], arg[3]
if (job ~= "decode" and job ~= "match") or file == nil then
    print("usage: dnsjit tests/bench/dnsjit.lua decode|match FILE")
    os.exit(2)
end

local ffi = require("ffi")
local object = require("dnsjit.core.objects")
local input = require("dnsjit.input.mmpcap").new()
local layer = require("dnsjit.filter.layer").new()
local dns = require("dnsjit.core.object.dns").new()
local LABELS = 32
local labels = require("dnsjit.core.object.dns.label").new(LABELS)
local question = require("dnsjit.core.object.dns.q").new()
local record = require("dnsjit.core.object.dns.rr").new()

-- A message is parsed into the same object each time, so it must be blank.
local blank = ffi.new("core_object_dns_t")
ffi.copy(blank, dns, ffi.sizeof(blank))

local udp_type = ffi.typeof("core_object_udp_t *")
local ip_type = ffi.typeof("core_object_ip_t *")
local ip6_type = ffi.typeof("core_object_ip6_t *")
local pcap_type = ffi.typeof("core_object_pcap_t *")
local u32_type = ffi.typeof("const uint32_t *")

local messages, bad, records, matched, clients = 0, 0, 0, 0, 0
local rcodes = ffi.new("uint32_t[16]")
local waits = ffi.new("uint32_t[64]") -- two buckets a doubling of microseconds
local name_count, client_of = {}, {}

local function decode()
    for _ = 1, dns.ancount + dns.nscount + dns.arcount do
        if dns:parse_rr(record, labels, LABELS) ~= 0 then
            bad = bad + 1
            return
        end
        records = records + 1
    end
end

-- Who asks: how often, and what is open. One table a client for all three, since
-- tables are dear: at `key` (port, ID, type) the name, at `-key` when.
local function client_at(ip, response)
    local address
    if ip.obj_type == object.IP then
        local p = ffi.cast(ip_type, ip)
        address = ffi.cast(u32_type, response and p.dst or p.src)[0]
    else
        local p = ffi.cast(ip6_type, ip)
        address = ffi.string(response and p.dst or p.src, 16)
    end
    local client = client_of[address]
    if client == nil then
        clients = clients + 1
        client = {queries = 0}
        client_of[address] = client
    end
    return client
end

local function time_of(ip)
    local frame = ip.obj_prev
    while frame.obj_type ~= object.PCAP do
        frame = frame.obj_prev
    end
    local ts = ffi.cast(pcap_type, frame).ts
    return tonumber(ts.sec) * 1e6 + tonumber(ts.nsec) * 1e-3
end

local function match(udp)
    -- The name in wire form: from its first label to the type behind it.
    local start = dns.payload + labels[0].offset
    local name = ffi.string(start, dns.at - start - 4)
    local response = dns.qr == 1
    local ip = udp.obj_prev
    local client = client_at(ip, response)
    local port = response and udp.dport or udp.sport
    local key = (port * 65536 + dns.id) * 65536 + question.type
    if not response then
        name_count[name] = (name_count[name] or 0) + 1
        client.queries = client.queries + 1
        if client[key] ~= name then
            client[key] = name
            client[-key] = time_of(ip)
        end
    elseif client[key] == name then
        local us = time_of(ip) - client[-key]
        local bucket = math.floor(math.log(us + 1) * 2 / math.log(2))
        waits[math.min(bucket, 63)] = waits[math.min(bucket, 63)] + 1
        matched = matched + 1
        client[key] = nil
        client[-key] = nil
    end
end

input:open(file)
layer:producer(input)
local produce, context = layer:produce()
while true do
    local payload = produce(context)
    if payload == nil then break end
    if payload.obj_type == object.PAYLOAD and
        payload.obj_prev.obj_type == object.UDP then
        local udp = ffi.cast(udp_type, payload.obj_prev)
        if udp.sport == 53 or udp.dport == 53 then
            ffi.copy(dns, blank, ffi.sizeof(blank))
            dns.obj_prev = payload
            if dns:parse_header() == 0 and
                dns:parse_q(question, labels, LABELS) == 0 then
                messages = messages + 1
                if dns.qr == 1 then
                    rcodes[dns.rcode] = rcodes[dns.rcode] + 1
                end
                if job == "decode" then decode() else match(udp) end
            else
                bad = bad + 1
            end
        end
    end
end

local names = 0
for _ in pairs(name_count) do names = names + 1 end
print(("%d messages, %d bad, %d records, %d NXDOMAIN, %d names, " ..
    "%d clients, %d matched"):format(messages, bad, records, rcodes[3], names,
    clients, matched))
