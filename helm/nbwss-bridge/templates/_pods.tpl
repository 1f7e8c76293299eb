{{/* Parts of pods. */}}

{{/* The image, by digest where one is given. */}}
{{- define "nbwss-bridge.image" -}}
{{- $image := .Values.image -}}
{{- $image.repository }}{{ with $image.digest }}@{{ . }}{{ else }}:{{ $image.tag | default .Chart.AppVersion }}{{ end }}
{{- end -}}

{{/* The beginning of every pod's specification: who it is, and what it is denied (Pod Security "restricted"). */}}
{{- define "nbwss-bridge.podSecurity" -}}
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

{{/* The environment of a container that has the configuration: every command in it finds the file, `kubectl exec` included. */}}
{{- define "nbwss-bridge.envWithConfig" -}}
env:
  - name: NBWSS_CONFIG
    value: /etc/nbwss-bridge/config/nbwss-bridge.yaml
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

{{/* A quantity of Kubernetes ("256Mi", "1.5G", 1000) as a whole number of bytes. */}}
{{- define "nbwss-bridge.bytes" -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $unit := regexFind "[A-Za-z]*$" (toString .) -}}
{{- mulf (trimSuffix $unit (toString .) | float64) (get $units $unit | default 1) | int64 -}}
{{- end -}}
