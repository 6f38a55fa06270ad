-- id: capture-quality
-- title: what this capture cannot show
-- means: Not a fault of DNS but of the evidence: frames lost, cut or not read,
--   one direction missing, a file damaged, a clock that jumped. It lowers the
--   verdict's confidence.
-- detected: One row for each thing that is wrong: dropped packets as the
--   capture itself counts them; responses without their query in the middle of
--   the capture (1 % and 3 messages); messages cut by the snap length, by holes
--   in TCP or by lost fragments, or without a time; queries or responses only;
--   damaged inputs; jumps of the clock; frames of kinds that are not read (1 %
--   of frames); tables that were full; many malformed, duplicated or reordered
--   messages; no DNS at all.
-- fooled-by: Asymmetric routes look like loss. Backscatter of forged queries is
--   responses that nobody asked for.
-- fix: Capture near the client with a narrow filter and whole packets (tcpdump
--   -s 0 -B 65536 -w FILE port 53), on an interface that sees both directions.
WITH seen AS MATERIALIZED (
    SELECT c.*,
        c.orphan_responses - c.orphan_at_start AS lost_queries,
        c.collapsed_names + c.collapsed_clients + c.collapsed_servers
            AS collapsed,
        c.answered + c.answered_late AS answers,
        coalesce((SELECT sum(frames) FROM frame_fate
                  WHERE fate = 'unsupported'), 0) AS unread,
        coalesce((SELECT value FROM counter WHERE name = 'tcp_holes'), 0)
            AS tcp_holes,
        coalesce((SELECT value FROM counter
                  WHERE name = 'tcp_lost_messages'), 0) AS tcp_lost,
        coalesce((SELECT value FROM counter WHERE name = 'tcp_evicted'), 0)
            AS tcp_evicted,
        coalesce((SELECT value FROM counter
                  WHERE name = 'fragments_incomplete'), 0) AS incomplete,
        coalesce((SELECT value FROM counter
                  WHERE name = 'fragments_used'), 0) AS incomplete_used,
        coalesce((SELECT value FROM counter
                  WHERE name = 'fragments_evicted'), 0) AS fragments_evicted,
        coalesce((SELECT value FROM counter
                  WHERE name = 'evicted_lookups'), 0) AS evicted_lookups,
        coalesce((SELECT value FROM counter
                  WHERE name = 'refused_labels'), 0) AS refused_labels,
        coalesce((SELECT value FROM counter
                  WHERE name = 'refused_encrypted'), 0) AS refused_encrypted,
        coalesce((SELECT sum(frames) FROM frame_fate
                  WHERE reason = 'IP fragment without the rest'), 0)
            AS fragment_frames,
        b.*
    FROM capture AS c, (
        SELECT
            max(value) FILTER (WHERE name = 'quality_loss_share')
                AS loss_share,
            max(value) FILTER (WHERE name = 'quality_loss_messages')
                AS loss_messages,
            max(value) FILTER (WHERE name = 'verdict_orphan_share')
                AS orphan_share,
            max(value) FILTER (WHERE name = 'quality_cut_share') AS cut_share,
            max(value) FILTER (WHERE name = 'quality_unread_share')
                AS unread_share,
            max(value) FILTER (WHERE name = 'quality_unread_warning_share')
                AS unread_warning_share,
            max(value) FILTER (WHERE name = 'quality_malformed_share')
                AS malformed_share,
            max(value) FILTER (WHERE name = 'quality_duplicate_share')
                AS duplicate_share,
            max(value) FILTER (WHERE name = 'quality_reordered_share')
                AS reordered_share
        FROM threshold) AS b
), fault AS (
    -- a JSON object a fault, NULL where there is none; `frames` are references
    SELECT value FROM seen, json_each(json_array(

        CASE WHEN dropped > 0 THEN json_object(
            'subject', 'dropped packets',
            'severity', CASE
                WHEN dropped >= loss_share * (frames + dropped)
                THEN 'warning' ELSE 'info' END,
            'title', printf('the capture dropped %,d packets, %.3g %% of what'
                || ' passed', dropped, 100.0 * dropped / (frames + dropped)),
            'evidence', json_object('dropped_packets', dropped,
                'packets', frames),
            'fix', 'Capture with a larger buffer and a narrower filter: tcpdump'
                || ' -B 65536 -w FILE port 53.') END,

        CASE WHEN orphan_responses > orphan_share * response_messages
            AND NOT is_one_way THEN json_object(
            'subject', 'missing queries',
            'severity', 'warning',
            'title', printf('responses without their query: %,d of %,d',
                orphan_responses, response_messages),
            'evidence', json_object('orphan_responses', orphan_responses,
                'response_messages', response_messages),
            'confidence', round(1.0 * orphan_responses
                / (orphan_responses + 3), 2),
            'fix', 'Capture where both directions pass (tcpdump -i any on the'
                || ' client). Responses that nobody asked for can also be an'
                || ' attack that uses this address as its sender.') END,

        CASE WHEN loss >= loss_share AND lost_queries >= loss_messages
            AND orphan_responses <= orphan_share * response_messages
            THEN json_object(
            'subject', 'lost messages',
            'severity', 'warning',
            'title', printf('about %.3g %% of the DNS messages are missing'
                || ' (responses without their query: %,d)', loss * 100,
                lost_queries)
                || CASE WHEN unanswered > 0 THEN printf('; of %,d unanswered'
                    || ' question%s about %,d are expected from capture loss'
                    || ' alone', unanswered, CASE unanswered WHEN 1 THEN ''
                    ELSE 's' END, min(unanswered,
                        CAST(round(loss * (answers + unanswered)) AS INTEGER)))
                    ELSE '' END,
            'evidence', json_object('loss_estimate', round(loss, 6),
                'orphan_responses', lost_queries),
            'confidence', round(1.0 * lost_queries / (lost_queries + 3), 2),
            'fix', 'Capture nearer to the clients, with a larger buffer'
                || ' (tcpdump -B 65536), on all paths that queries take.') END,

        CASE WHEN cut_messages > 0 THEN json_object(
            'subject', 'cut messages',
            'severity', CASE WHEN cut_messages >= cut_share * dns_messages
                THEN 'warning' ELSE 'info' END,
            'title', printf('messages cut by the snap length: %,d of %,d'
                || ' (%.3g %%)', cut_messages, dns_messages,
                100.0 * cut_messages / dns_messages),
            'evidence', json_object('cut_messages', cut_messages,
                'dns_messages', dns_messages),
            'frames', (SELECT json_group_array(first_frame) FROM frame_fate
                       WHERE fate = 'cut'),
            'fix', 'Capture whole packets: tcpdump -s 0.') END,

        CASE WHEN untimed > 0 THEN json_object(
            'subject', 'no times',
            'severity', CASE WHEN untimed >= cut_share * dns_messages
                THEN 'warning' ELSE 'info' END,
            'title', printf('DNS messages without a time stamp: %,d of %,d',
                untimed, dns_messages),
            'evidence', json_object('untimed_messages', untimed,
                'dns_messages', dns_messages),
            'fix', 'Capture with a tool that keeps times: pcapng simple packet'
                || ' blocks have none. Nothing here tells how long anything'
                || ' took.') END,

        CASE WHEN tcp_holes > 0 THEN json_object(
            'subject', 'holes in TCP',
            'severity', CASE WHEN tcp_lost >= cut_share * dns_messages
                THEN 'warning' ELSE 'info' END,
            'title', printf('octets of TCP that were not captured: holes %,d,'
                || ' messages lost or cut by them %,d', tcp_holes, tcp_lost),
            'evidence', json_object('tcp_holes', tcp_holes,
                'tcp_lost_messages', tcp_lost, 'dns_messages', dns_messages),
            'frames', (SELECT json_group_array(first_frame) FROM frame_fate
                       WHERE reason = 'TCP segment of an unfinished message'),
            'fix', 'Capture with a larger buffer (tcpdump -B 65536) and whole'
                || ' packets (-s 0).') END,

        CASE WHEN incomplete_used > 0
            OR (incomplete > 0 AND fragment_frames >= unread_share * frames)
            THEN json_object(
            'subject', 'lost fragments',
            'severity', CASE WHEN incomplete_used >= cut_share * dns_messages
                THEN 'warning' ELSE 'info' END,
            'title', printf('IP datagrams of which fragments are missing: %,d,'
                || ' DNS messages cut by that: %,d', incomplete,
                incomplete_used),
            'evidence', json_object('incomplete_datagrams', incomplete,
                'cut_messages', incomplete_used,
                'fragment_frames', fragment_frames,
                'dns_messages', dns_messages),
            'frames', (SELECT json_group_array(first_frame) FROM frame_fate
                       WHERE reason = 'IP fragment without the rest'),
            'fix', 'A filter such as "port 53" drops every fragment but the'
                || ' first: add "or ip[6:2] & 0x1fff != 0". If the network'
                || ' lost them, clients wait for their timer: answers of less'
                || ' than 1,232 octets are not fragmented.') END,

        CASE WHEN is_one_way THEN json_object(
            'subject', 'one direction',
            'severity', 'warning',
            'title', printf(CASE query_messages
                WHEN 0 THEN 'DNS in one direction only: responses %,d,'
                    || ' queries 0'
                ELSE 'DNS in one direction only: queries %,d, responses 0'
                END, dns_messages),
            'evidence', json_object('query_messages', query_messages,
                'response_messages', response_messages),
            'confidence', round(1.0 * dns_messages / (dns_messages + 5), 2),
            'fix', 'Capture where both directions pass: tcpdump -i any on the'
                || ' client or the server, both directions of a mirror port; a'
                || ' filter such as "dst port 53" keeps one of them out.') END,

        CASE WHEN dns_messages = 0 AND frames = 0 THEN json_object(
            'subject', 'no DNS',
            'severity', 'warning',
            'title', 'the capture is empty',
            'evidence', json_object('packets', frames),
            'fix', 'Capture while the trouble lasts, on the interface that'
                || ' queries leave by: tcpdump -i any -w FILE port 53.') END,

        CASE WHEN dns_messages = 0 AND frames > 0 THEN json_object(
            'subject', 'no DNS',
            'severity', 'warning',
            'title', printf('there is no DNS message in %,d frame%s', frames,
                CASE frames WHEN 1 THEN '' ELSE 's' END),
            'evidence', json_object('packets', frames),
            'fix', 'See what became of the frames (wasitdns top frames). DNS on'
                || ' another port needs --port; on tagged or tunnelled traffic'
                || ' the filter "port 53" keeps everything out; DNS over TLS or'
                || ' HTTPS cannot be read.') END,

        CASE WHEN clock_steps > 0 THEN json_object(
            'subject', 'clock',
            'severity', 'warning',
            'title', printf('the clock of the capture jumped %,d time%s',
                clock_steps, CASE clock_steps WHEN 1 THEN '' ELSE 's' END),
            'evidence', json_object('clock_steps', clock_steps),
            'fix', 'Questions that were open then are told as open at end.'
                || ' Capture with the clock under NTP or PTP, and merge files'
                || ' by time (mergecap).') END,

        CASE WHEN unread > 0 AND unread >= unread_share * frames
            THEN json_object(
            'subject', 'frames not read',
            'severity', CASE WHEN unread >= unread_warning_share * frames
                THEN 'warning' ELSE 'info' END,
            'title', printf('frames of kinds that are not read: %,d of %,d'
                || ' (%.3g %%)', unread, frames, 100.0 * unread / frames),
            'evidence', json_object('frames', unread, 'packets', frames,
                'kinds', json((
                    SELECT json_group_object(reason, frames) FROM (
                        SELECT reason, frames FROM frame_fate
                        WHERE fate = 'unsupported'
                        ORDER BY frames DESC, reason)))),
            'frames', (SELECT json_group_array(first_frame) FROM (
                SELECT first_frame FROM frame_fate
                WHERE fate = 'unsupported'
                ORDER BY frames DESC, reason LIMIT 5)),
            'fix', 'DNS inside them is not in any figure here; wasitdns top'
                || ' frames lists the kinds.') END,

        CASE WHEN malformed_messages > 0
            AND malformed_messages >= malformed_share * dns_messages
            THEN json_object(
            'subject', 'malformed messages',
            'severity', 'info',
            'title', printf('malformed DNS messages: %,d of %,d (%.3g %%)',
                malformed_messages, dns_messages,
                100.0 * malformed_messages / dns_messages),
            'evidence', json_object('malformed_messages', malformed_messages,
                'dns_messages', dns_messages),
            'frames', (SELECT json_group_array(first_frame) FROM (
                SELECT first_frame FROM frame_fate
                WHERE fate = 'malformed'
                ORDER BY frames DESC, reason LIMIT 5)),
            'fix', 'wasitdns top frames says how. Something that is no DNS may'
                || ' use the port.') END,

        CASE WHEN duplicate_messages > 0 AND duplicate_messages
            >= duplicate_share * (dns_messages + duplicate_messages)
            THEN json_object(
            'subject', 'duplicates',
            'severity', 'info',
            'title', printf('messages captured more than once: %,d (%.3g %% of'
                || ' all), which count once', duplicate_messages,
                100.0 * duplicate_messages
                    / (dns_messages + duplicate_messages)),
            'evidence', json_object('duplicate_messages', duplicate_messages,
                'dns_messages', dns_messages),
            'fix', 'Nothing to do. Capture on one interface instead of -i any,'
                || ' or mirror one port, to have smaller files.') END,

        CASE WHEN reordered_answers > 0
            AND reordered_answers >= reordered_share * answers
            THEN json_object(
            'subject', 'order',
            'severity', 'info',
            'title', printf('responses captured before their query: %,d'
                || ' (%.3g %% of the answers), their waits are not counted',
                reordered_answers, 100.0 * reordered_answers / answers),
            'evidence', json_object('reordered_answers', reordered_answers,
                'answered', answers),
            'fix', 'Capture both directions with one clock; a file merged from'
                || ' several machines is as exact as their clocks.') END,

        CASE WHEN evicted + evicted_lookups + tcp_evicted + fragments_evicted
            + refused_labels + refused_encrypted + collapsed > 0 THEN json_object(
            'subject', 'full tables',
            'severity', 'info',
            'title', 'memory was short, given up or put into collective rows: '
                || (SELECT group_concat(printf('%,d ', value ->> 0)
                        || (value ->> 1), ', ')
                    FROM json_each(json_array(
                        json_array(evicted, 'open questions'),
                        json_array(evicted_lookups, 'open lookups'),
                        json_array(tcp_evicted, 'parts of TCP streams'),
                        json_array(fragments_evicted, 'IP fragments'),
                        json_array(refused_labels, 'names of addresses'),
                        json_array(refused_encrypted,
                            'frames of encrypted transports'),
                        json_array(collapsed, 'names, clients or servers')))
                    WHERE value ->> 0 > 0),
            'evidence', json_object('evicted', evicted,
                'evicted_lookups', evicted_lookups,
                'tcp_evicted', tcp_evicted,
                'fragments_evicted', fragments_evicted,
                'refused_labels', refused_labels,
                'refused_encrypted', refused_encrypted,
                'collapsed_names', collapsed_names,
                'collapsed_clients', collapsed_clients,
                'collapsed_servers', collapsed_servers),
            'fix', 'Totals are right, rows of names, clients and servers are'
                || ' not complete. Give more memory with --max-memory.') END))

    UNION ALL
    SELECT json_object(
        'subject', 'damaged input',
        'severity', 'warning',
        'title', printf('%s is damaged at frame %,d, octet %,d: %s%s',
            iif(path = '-', 'standard input', path),
            damage_frame, damage_offset, damage,
            CASE passed_over WHEN 0 THEN ''
                WHEN 1 THEN '; it was skipped, and reading went on'
                ELSE printf('; it and %,d more were skipped, and reading went'
                    || ' on', passed_over - 1) END),
        'evidence', json_object('path', path, 'damage', damage,
            'frame', damage_frame, 'offset', damage_offset,
            'passed_over', passed_over, 'frames_read', frames),
        'fix', 'Everything before that place was used. Capture or copy the file'
            || ' again if what follows matters.')
    FROM input
    WHERE damage IS NOT NULL
)
SELECT f.value ->> 'severity' AS severity,
    f.value ->> 'subject' AS subject,
    f.value ->> 'title' AS title,
    f.value -> 'evidence' AS evidence,
    NULL AS cost_seconds, NULL AS cost_queries, NULL AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', p.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(p.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', p.last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(p.last_ns % 1000000000)) AS last_time,
    coalesce(f.value ->> 'confidence', 1.0) AS confidence,
    f.value ->> 'fix' AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (e.value & 0xFFFFFFFFFF), e.value & 0xFFFFFFFFFF))
     FROM json_each(f.value -> 'frames') AS e
     LEFT JOIN input_prefix AS i ON i.input_id = e.value >> 40)
        AS example_frames
FROM fault AS f, (
    SELECT min(first_ns) AS first_ns, max(last_ns) AS last_ns FROM part) AS p
WHERE f.value IS NOT NULL
