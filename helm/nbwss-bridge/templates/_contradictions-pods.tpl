{{/* Contradictions in the objects' names and labels and in the pods, as those in _contradictions.tpl. */}}

{{- define "nbwss-bridge.contradictions.names" -}}
{{- $name := include "nbwss-bridge.fullname" .root }}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) }}
the objects would be called {{ $name }}, as no Service may be: set fullnameOverride to a name of a-z, 0-9 and - that begins with a letter
{{- end }}
{{- with regexFind ":[^/]*$" .Values.image.repository }}
image.repository ends in {{ . }}, a tag: write it into image.tag
{{- end }}
{{- end -}}

{{- define "nbwss-bridge.contradictions.labels" -}}
{{- $metrics := .Values.metrics }}
{{- $own := include "nbwss-bridge.ownLabels" (dict "root" .root "component" "bridge") | fromYaml }}
{{- $given := dict
  "commonLabels" .Values.commonLabels
  "podLabels" .Values.podLabels
  "service.labels" .Values.service.labels
  "metrics.serviceMonitor.labels" $metrics.serviceMonitor.labels
  "metrics.podMonitor.labels" $metrics.podMonitor.labels
  "metrics.prometheusRule.labels" $metrics.prometheusRule.labels
  "metrics.dashboard.labels" $metrics.dashboard.labels }}
{{- range $name, $labels := $given }}
{{- range $label, $_ := $labels }}
{{- if or (hasKey $own $label) (eq $label "strimzi.io/cluster") }}
{{ $name }} has {{ $label }}, which the chart itself gives to its objects: use another label
{{- end }}
{{- end }}
{{- end }}
{{- range $annotation, $_ := .Values.podAnnotations }}
{{- if or (eq $annotation "checksum/config") (hasPrefix "helm.sh/" $annotation) }}
podAnnotations has {{ $annotation }}, which the chart itself gives to its pods: use another annotation
{{- end }}
{{- end }}
{{- end -}}

{{- define "nbwss-bridge.contradictions.pods" -}}
{{- $values := .Values }}
{{- $drain := .config.drain }}
{{- $needed := add (ceil (divf (addf $drain.delayMs $drain.deadlineMs) 1000) | int) 10 }}
{{- if lt (int $values.terminationGracePeriodSeconds) (int $needed) }}
terminationGracePeriodSeconds is {{ int $values.terminationGracePeriodSeconds }}, and has to be at least {{ $needed }}: config.drain.delayMs, config.drain.deadlineMs and 10 s in which connections are closed
{{- end }}
{{- with dig "limits" "memory" "" $values.resources }}
{{- $atLeast := add 134217728 (mul 4 ($.config.limits.inFlight.maxBytes | int64)) (mul 16 ($.config.limits.maxPayloadBytes | int64)) }}
{{- if lt (include "nbwss-bridge.amount" . | float64) (float64 $atLeast) }}
resources.limits.memory is {{ toJson . | trimAll "\"" }}, and has to be at least {{ ceil (divf $atLeast 1048576) }}Mi: 128Mi, four times config.limits.inFlight.maxBytes, and sixteen times config.limits.maxPayloadBytes, because a parsed message takes many times its text
{{- end }}
{{- end }}
{{- if dig "limits" "cpu" "" $values.resources }}
resources.limits.cpu would throttle the bridge into answering late: leave it out
{{- end }}
{{- range $name, $limit := $values.resources.limits }}
{{- $request := dig "requests" $name 0 $values.resources }}
{{- if gt (include "nbwss-bridge.amount" $request | float64) (include "nbwss-bridge.amount" $limit | float64) }}
resources.requests.{{ $name }} is {{ toJson $request | trimAll "\"" }}, and has to be within resources.limits.{{ $name }}, {{ toJson $limit | trimAll "\"" }}
{{- end }}
{{- end }}
{{- if and $values.security.runAsUser (not $values.security.fsGroup) (or .mounts $values.test.enabled) }}
security.fsGroup is null and security.runAsUser is {{ int64 $values.security.runAsUser }}, which could read none of the mounted Secrets: give fsGroup a number, or leave both to the cluster (OpenShift)
{{- end }}
{{- if and (eq $values.dnsPolicy "None") (not (dig "nameservers" "" ($values.dnsConfig | default dict))) }}
dnsPolicy None needs dnsConfig.nameservers: nobody else would tell an address
{{- end }}
{{- if and (has (toString $values.strategy.maxSurge) (list "0" "0%")) (has (toString $values.strategy.maxUnavailable) (list "0" "0%")) }}
strategy.maxSurge and strategy.maxUnavailable are both 0: nothing could ever be replaced
{{- end }}
{{- if and $values.podDisruptionBudget.enabled (has (toString $values.podDisruptionBudget.maxUnavailable) (list "0" "0%")) }}
podDisruptionBudget.maxUnavailable is 0: no node could ever be drained
{{- end }}
{{- if $values.autoscaling.enabled }}
{{- if gt (int $values.autoscaling.minReplicas) (int $values.autoscaling.maxReplicas) }}
autoscaling.minReplicas is above autoscaling.maxReplicas
{{- end }}
{{- if not (dig "requests" "cpu" "" $values.resources) }}
autoscaling needs resources.requests.cpu, of which it takes its percentage
{{- end }}
{{- end }}
{{- if and (ne $values.antiAffinity "none") (dig "podAntiAffinity" "" ($values.affinity | default dict)) }}
affinity.podAntiAffinity and antiAffinity {{ $values.antiAffinity }} both say which pods stay apart: set antiAffinity to none, or leave the other out
{{- end }}
{{- end -}}

{{- define "nbwss-bridge.contradictions.volumes" -}}
{{- $own := list "config" "probe" "probe-ca" "probe-client" }}
{{- range .mounts }}{{ $own = append $own .name }}{{ end }}
{{- $paths := list (printf "/etc/nbwss-bridge/secrets/%s" (include "nbwss-bridge.probeSecret" .root)) }}
{{- range $own }}{{ $paths = append $paths (printf "/etc/nbwss-bridge/%s" .) }}{{ end }}
{{- $names := list }}
{{- range .Values.extraVolumes }}
{{- if has .name $own }}
extraVolumes has {{ .name }}, as the chart calls a volume of its own: use another name
{{- end }}
{{- if has .name $names }}
extraVolumes has {{ .name }} twice: give each a name of its own
{{- end }}
{{- $names = append $names .name }}
{{- end }}
{{- range .Values.extraVolumeMounts }}
{{- $path := trimSuffix "/" .mountPath }}
{{- if not (has .name $names) }}
extraVolumeMounts has {{ .mountPath }} of the volume {{ .name }}, which extraVolumes hasn't: add it there
{{- end }}
{{- if has $path $paths }}
extraVolumeMounts has {{ .mountPath }}, where something else is mounted: use another path
{{- end }}
{{- $paths = append $paths $path }}
{{- if or .subPath .subPathExpr }}
extraVolumeMounts has {{ .mountPath }} with a subPath, whose files are never renewed: mount the directory
{{- end }}
{{- end }}
{{- $variables := list }}
{{- range .Values.extraEnv }}
{{- if hasPrefix "NBWSS_" .name }}
extraEnv has {{ .name }}, which would overrule the configuration unseen by the chart: write the setting into config
{{- end }}
{{- if has .name $variables }}
extraEnv has {{ .name }} twice: keep one of them
{{- end }}
{{- $variables = append $variables .name }}
{{- end }}
{{- end -}}
