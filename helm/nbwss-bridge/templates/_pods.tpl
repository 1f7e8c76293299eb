{{/* Parts of pods. */}}

{{/* The image, by digest where one is given. */}}
{{- define "nbwss-bridge.image" -}}
{{- $image := .Values.image -}}
{{- $image.repository }}{{ with $image.digest }}@{{ . }}{{ else }}:{{ $image.tag | default .Chart.AppVersion }}{{ end }}
{{- end -}}

{{/* The beginning of every pod's specification: who it is, what it is denied (Pod Security "restricted"), and how it finds others by their names. */}}
{{- define "nbwss-bridge.everyPod" -}}
automountServiceAccountToken: false
# Variables of other Services would be taken for settings: they begin with the Service's name.
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  {{- with .Values.security.runAsUser }}
  runAsUser: {{ int64 . }}
  {{- end }}
  {{- with .Values.security.runAsGroup }}
  runAsGroup: {{ int64 . }}
  {{- end }}
  {{- with .Values.security.fsGroup }}
  fsGroup: {{ int64 . }}
  fsGroupChangePolicy: OnRootMismatch
  {{- end }}
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The beginning of every container: the image, and what it is denied. */}}
{{- define "nbwss-bridge.containerSecurity" -}}
image: {{ include "nbwss-bridge.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  capabilities:
    drop:
      - ALL
  readOnlyRootFilesystem: true
{{- end -}}

{{/* The environment of every container. */}}
{{- define "nbwss-bridge.env" -}}
{{- with .Values.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
The environment of a container that has the configuration: every command in it finds the file, `kubectl exec` included. The image brings a
NBWSS_ADMIN_HOST along, and a variable wins over the file: so that config.admin.host counts, it stands here again.
*/}}
{{- define "nbwss-bridge.envWithConfig" -}}
env:
  - name: NBWSS_CONFIG
    value: /etc/nbwss-bridge/config/nbwss-bridge.yaml
  - name: NBWSS_ADMIN_HOST
    value: {{ (include "nbwss-bridge.effective" . | fromYaml).admin.host | quote }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* Where the pods are put: spread with the selector and the revision filled in, and apart from each other. */}}
{{- define "nbwss-bridge.placement" -}}
{{- $selector := dict "matchLabels" (include "nbwss-bridge.selectorLabels" (dict "root" . "component" "bridge") | fromYaml) -}}
{{- $affinity := deepCopy (.Values.affinity | default dict) -}}
{{- $apart := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" $selector -}}
{{- if eq .Values.antiAffinity "soft" -}}
{{- $term := dict "weight" 100 "podAffinityTerm" $apart -}}
{{- $_ := set $affinity "podAntiAffinity" (dict "preferredDuringSchedulingIgnoredDuringExecution" (list $term)) -}}
{{- else if eq .Values.antiAffinity "hard" -}}
{{- $_ := set $affinity "podAntiAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $apart)) -}}
{{- end -}}
{{- $constraints := list -}}
{{- range .Values.topologySpreadConstraints -}}
{{- $constraint := deepCopy . -}}
{{- if not $constraint.labelSelector -}}
{{- $constraint = merge $constraint (dict "labelSelector" $selector "matchLabelKeys" (list "pod-template-hash")) -}}
{{- end -}}
{{- $constraints = append $constraints $constraint -}}
{{- end -}}
{{- $placement := dict -}}
{{- if $affinity }}{{ $_ := set $placement "affinity" $affinity }}{{ end -}}
{{- if $constraints }}{{ $_ := set $placement "topologySpreadConstraints" $constraints }}{{ end -}}
{{- with .Values.nodeSelector }}{{ $_ := set $placement "nodeSelector" . }}{{ end -}}
{{- with .Values.tolerations }}{{ $_ := set $placement "tolerations" . }}{{ end -}}
{{- with .Values.priorityClassName }}{{ $_ := set $placement "priorityClassName" . }}{{ end -}}
{{- if $placement }}{{ toYaml $placement }}{{ end -}}
{{- end -}}

{{/* A quantity of Kubernetes ("256Mi", "1.5G", "100m", 1000) as a number, which may be written with an exponent. */}}
{{- define "nbwss-bridge.amount" -}}
{{- $units := dict "" 1 "m" 0.001 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $unit := regexFind "[A-Za-z]*$" (toString .) -}}
{{- mulf (trimSuffix $unit (toString .) | float64) (get $units $unit) -}}
{{- end -}}

{{/* A duration as of Go ("90m", "1h30m", "1.5h") in seconds. */}}
{{- define "nbwss-bridge.seconds" -}}
{{- $units := dict "ms" 0.001 "s" 1 "m" 60 "h" 3600 -}}
{{- $seconds := 0.0 -}}
{{- range regexFindAll "[0-9.]+(ms|s|m|h)" . -1 -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- $seconds = addf $seconds (mulf (trimSuffix $unit . | float64) (get $units $unit)) -}}
{{- end -}}
{{- $seconds -}}
{{- end -}}
