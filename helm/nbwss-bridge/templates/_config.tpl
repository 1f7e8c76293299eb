{{/* The bridge's configuration. */}}

{{/* Puts a value into a tree of mappings. Takes (dict "tree" … "path" "a.b.c" "value" …), changes the tree and renders nothing. */}}
{{- define "nbwss-bridge.put" -}}
{{- $at := .tree -}}
{{- $keys := splitList "." .path -}}
{{- range initial $keys -}}
{{- if not (hasKey $at .) -}}{{- $_ := set $at . dict -}}{{- end -}}
{{- $at = get $at . -}}
{{- end -}}
{{- $_ := set $at (last $keys) .value -}}
{{- end -}}

{{/* What a tree of mappings has at a path, as JSON; nothing where it has nothing. Takes (dict "tree" … "path" "a.b.c"). */}}
{{- define "nbwss-bridge.get" -}}
{{- $at := .tree -}}
{{- $found := true -}}
{{- range splitList "." .path -}}
{{- if and $found (kindIs "map" $at) (hasKey $at .) -}}{{- $at = index $at . -}}{{- else -}}{{- $found = false -}}{{- end -}}
{{- end -}}
{{- if and $found (not (kindIs "invalid" $at)) -}}{{- toJson $at -}}{{- end -}}
{{- end -}}

{{/* The document that the bridge reads: the user's, and what follows from the mounts. */}}
{{- define "nbwss-bridge.document" -}}
{{- $document := deepCopy .Values.config -}}
{{- if not (include "nbwss-bridge.get" (dict "tree" $document "path" "admin.host")) -}}
{{- include "nbwss-bridge.put" (dict "tree" $document "path" "admin.host" "value" "0.0.0.0") -}}
{{- end -}}
{{- range $mount := include "nbwss-bridge.mounts" . | fromJsonArray -}}
{{- range $setting, $file := $mount.settings -}}
{{- $path := printf "/etc/nbwss-bridge/%s%s" $mount.name (ternary (printf "/%s" $file) "" (ne $file "")) -}}
{{- include "nbwss-bridge.put" (dict "tree" $document "path" $setting "value" $path) -}}
{{- end -}}
{{- end -}}
{{- if and (include "nbwss-bridge.mountsStrimziUser" .) (eq .Values.strimzi.user.authentication "scram-sha-512") -}}
{{- include "nbwss-bridge.put" (dict "tree" $document "path" "kafka.sasl.mechanism" "value" "scram-sha-512") -}}
{{- include "nbwss-bridge.put" (dict "tree" $document "path" "kafka.sasl.username" "value" (include "nbwss-bridge.strimziUser" .)) -}}
{{- end -}}
{{- toYaml $document -}}
{{- end -}}

{{/* The document with the bridge's own defaults in the places that it leaves out, as YAML: for ports, and for what has to fit together. */}}
{{- define "nbwss-bridge.effective" -}}
{{- $defaults := .Files.Get "files/config-defaults.yaml" | fromYaml -}}
{{- mustMergeOverwrite $defaults (include "nbwss-bridge.document" . | fromYaml) | toYaml -}}
{{- end -}}
