{{/* What Prometheus takes. */}}

{{/* How Prometheus scrapes an endpoint. Takes the values of a ServiceMonitor or PodMonitor. */}}
{{- define "nbwss-bridge.scrape" -}}
{{- with .interval }}
interval: {{ . }}
{{- end }}
{{- with .scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- with .relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
The alerts of files/alert-templates.yaml as a group of rules, without those that are switched off, with the thresholds, labels and
annotations that the values give to each, and with the address of its section of the runbook, which is called as the alert is.
*/}}
{{- define "nbwss-bridge.alerts" -}}
{{- $values := .Values.metrics.prometheusRule -}}
{{- $rules := list -}}
{{- range (.Files.Get "files/alert-templates.yaml" | fromYaml).alerts -}}
{{- $own := get ($values.alerts | default dict) .rule.alert | default dict -}}
{{- if ne (toString $own.enabled) "false" -}}
{{- $rule := include "nbwss-bridge.filledInRule" (dict "template" . "own" $own) | fromJson -}}
{{- with $own.for -}}{{- $_ := set $rule "for" . -}}{{- end -}}
{{- with $own.severity -}}{{- $_ := set $rule.labels "severity" . -}}{{- end -}}
{{- with $values.runbookUrl -}}{{- $_ := set $rule.annotations "runbook_url" (printf "%s#%s" . (lower $rule.alert)) -}}{{- end -}}
{{- $_ := set $rule "labels" (mergeOverwrite $rule.labels (deepCopy ($values.alertLabels | default dict)) ($own.labels | default dict)) -}}
{{- $_ := set $rule "annotations" (mergeOverwrite $rule.annotations ($own.annotations | default dict)) -}}
{{- $rules = append $rules $rule -}}
{{- end -}}
{{- end -}}
{{- toYaml (list (dict "name" "nbwss-bridge" "rules" $rules)) -}}
{{- end -}}

{{/* A rule with its thresholds in place of `$(name)` and `$(name.seconds)`, as JSON. Takes (dict "template" … "own" …): one of the file's, and the user's values for it. */}}
{{- define "nbwss-bridge.filledInRule" -}}
{{- $seconds := dict "s" 1 "m" 60 "h" 3600 "d" 86400 "w" 604800 -}}
{{- $own := .own -}}
{{- $text := toJson .template.rule -}}
{{- range $name, $default := .template.thresholds -}}
{{- $value := ternary (get $own $name) $default (hasKey $own $name) -}}
{{- $written := toJson $value | trimAll "\"" -}}
{{- $text = replace (printf "$(%s)" $name) $written $text -}}
{{- if kindIs "string" $value -}}
{{- $unit := regexFind "[a-z]$" $value -}}
{{- $text = replace (printf "$(%s.seconds)" $name) (mul (trimSuffix $unit $value | int64) (get $seconds $unit) | toString) $text -}}
{{- end -}}
{{- end -}}
{{- $text -}}
{{- end -}}
